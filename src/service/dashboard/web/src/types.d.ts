/** What the service answers, as far as the page reads it. Null means that CleverTap did not say. */

export type MetricKey = "sent" | "delivered" | "opens" | "impressions" | "clicks" | "conversions";

export type Counts = { [key in MetricKey]?: number | null } & {
  conversion_value?: number | null;
  currency?: string | null;
};

export interface CampaignRef {
  id: string;
  remote_id: string;
  name: string | null;
  channel: string | null;
  scheduled_at: string | null;
}

export interface Campaign extends CampaignRef {
  status: string | null;
  status_remote: string | null;
  scheduled_at_remote: string | null;
}

export interface ReportRow {
  id: string;
  campaign: CampaignRef;
  window: { day: string | null; timezone: string | null };
  status: "ready" | "pending" | "estimated" | "unrecognised";
  counts: Counts;
}

export interface Warning {
  code: string;
  message: string;
  field?: string;
}

export interface Coverage {
  from: string;
  to: string;
  complete: boolean;
}

export interface Meta {
  fetched_at: string | null;
  as_of: string | null;
  timezone: string | null;
  documented_lag: string | null;
  warnings: Warning[];
  coverage?: Coverage;
}

export interface List<T> {
  result: T[];
  next_cursor: string | null;
  is_partial_response?: boolean;
  meta: Meta;
}

export interface Account {
  id: string;
  origin?: string;
  status?: string | null;
  tenant_id?: string | null;
  region: string | null;
  timezone: string | null;
}

export interface Field {
  resource: string;
  field: string;
  channels: string;
  reported: "always" | "sometimes" | "never";
  source: string;
  note: string;
}

/** Days of the project's calendar, both included. */
export interface Period {
  from: string;
  to: string;
}

export type Granularity = "day" | "week" | "month";

/** A sum over rows: null when no row had the number. */
/** How many rows had a number. */
export interface Reported {
  /** Rows that had it. */
  known: number;
  /** Rows that could have it. */
  of: number;
}

export interface Sum extends Reported {
  value: number | null;
}

/** Decimal sums by currency; the empty name where CleverTap states none. */
export type Money = Record<string, string>;

export interface Group {
  sums: Record<MetricKey, Sum>;
  /** Rows that had both a count and messages sent. */
  besideSent: Record<MetricKey, number>;
  value: Money;
  /** Rows of the value, in whichever currency. */
  valued: Reported;
}

export interface Bucket extends Group {
  /** Its first day. */
  day: string;
}

export interface CampaignGroup extends Group {
  ref: CampaignRef;
  pending: boolean;
  unrecognised: boolean;
}

export interface ChannelGroup extends Group {
  channel: string | null;
  campaigns: number;
}

export interface Board {
  buckets: Bucket[];
  campaigns: CampaignGroup[];
  channels: ChannelGroup[];
  total: Group;
}

/** One walk along a list. */
export interface Walk<T> {
  items: T[];
  state: "loading" | "paused" | "done" | "failed";
  cursor: string | null;
  meta: Meta | null;
  warnings: Warning[];
  coverage: Coverage | null;
  error: unknown;
}
