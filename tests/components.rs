//! The built components in a real host against a real HTTP server.

mod browser;
mod bulk;
mod campaigns;
mod concurrency;
mod custom;
mod endpoints;
mod imports;
mod manifest;
mod people;
mod provider;
mod regions;
mod reports;
mod service;
mod typescript;
mod writes;

// Each of these runs on each build of the service.
component_tests::scenarios! {
    browser: refused_corrected_and_linked, a_pop_up_resolves_the_vendors_promise;
    bulk: all_records_are_accounted_for_whatever_breaks, a_client_that_writes_all_before_it_reads_gets_its_answer, uploads_slow_down_until_they_fit_and_none_is_lost, an_answer_that_nobody_reads_ends_the_call;
    campaigns: every_page_size_gives_each_campaign_once, the_same_while_one_call_in_five_fails, the_first_item_comes_soon_whatever_the_report_costs, values_are_the_sandboxs, filters_and_sources, get_by_either_id, every_form_of_a_start_gives_the_same_list, trutos_forms;
    custom: answers_come_as_they_are, path_query_headers_and_body_arrive_untouched, no_input_reaches_another_host, redirects_are_answers, long_bodies_stream_both_ways_in_flat_memory, lists_by_name_are_walked_for_the_caller, capabilities_list_every_operation, reads_are_tried_again_and_writes_are_not;
    endpoints: every_endpoint_is_reached_by_custom_and_passthrough, every_endpoint_is_reached_by_name;
    people: a_profile_pushed_is_a_profile_read, an_event_pushed_is_exported_and_counted_and_its_people_listed, a_message_triggered_shows_in_the_campaigns_numbers, segments_have_the_members_that_they_were_given, cursors_that_are_gone_say_where_to_start_again;
    regions: every_form_of_a_region_leads_to_its_host, what_is_no_region_is_refused_with_the_list, a_401_tells_about_regions_and_a_denial_names_the_host;
    reports: days_of_a_period_are_the_sandboxs_also_of_old_campaigns, every_page_size_and_granularity_adds_up, totals_rates_and_what_is_not_said, unknown_shapes_are_null_with_a_warning, not_ready_is_a_row_in_all_four_forms, counted_from_events_is_labelled_an_estimate, bad_queries_say_what_would_be_accepted;
    service: tokens_methods_and_media_types, configuration_errors_name_the_variable_and_nothing_else, the_passcode_is_in_no_answer_and_no_log;
    writes: create_estimate_stop_trigger, a_lost_answer_is_unknown_and_stored_once, what_surely_did_not_happen_is_done_again, bad_bodies_name_every_field_and_send_nothing, a_campaign_that_is_not_there_is_a_404;
}
