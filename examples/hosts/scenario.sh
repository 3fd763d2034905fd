# The same calls against any host that serves service.wasm: `scenario URL`. Sourced, after lib.sh.
# shellcheck shell=bash

# expect STATUS PATTERN CURL-ARGUMENTS…: the answer's status and something that its body holds; leaves $body.
expect() {
    local status=$1 pattern=$2
    shift 2
    local answer
    answer=$(curl --silent --show-error --globoff --max-time 60 --write-out '\n%{http_code}' "$@") || fail "curl $*"
    local got=${answer##*$'\n'}
    body=${answer%$'\n'*}
    [[ $got == "$status" ]] || fail "$* answered $got instead of $status: $body"
    [[ $body =~ $pattern ]] || fail "$* has no $pattern: $body"
    echo "ok: $got $*"
}

scenario() {
    local url=$1
    local unified=$url/unified/marketing-automation account=integrated_account_id=sandbox
    local auth=(--header "Authorization: Bearer ${MARKETING_AUTOMATION_API_TOKENS%%,*}")
    local json=(--header 'Content-Type: application/json')

    expect 200 '' "$url/healthz"

    # Unified: campaigns from CleverTap's two sources, and one page after the other.
    expect 200 '"result":\[\{' "${auth[@]}" "$unified/campaigns?$account&limit=5"
    [[ $body =~ \"next_cursor\":\"([^\"]+)\" ]] || fail "there is no second page"
    expect 200 '"result":\[\{' "${auth[@]}" "$unified/campaigns?$account&limit=5&next_cursor=${BASH_REMATCH[1]}"

    # Unified: metrics.
    expect 200 '"result":\[' "${auth[@]}" "$unified/reports?$account&limit=5"

    # CleverTap one to one.
    expect 200 '"targets":' "${auth[@]}" "${json[@]}" --data "$window" \
        "$url/custom/1/targets/list.json?$account"

    # What must not work.
    expect 401 '' "$unified/campaigns?$account"
    expect 401 '' --header 'Authorization: Bearer wrong' "$unified/campaigns?$account"
    expect 404 '' "${auth[@]}" "$url/nowhere"
    expect 400 '' "${auth[@]}" "$unified/campaigns?$account&next_cursor=damaged"
}

# The thirty days before now, as CleverTap writes them.
window=$(printf '{"from":%(%Y%m%d)T,"to":%(%Y%m%d)T}' "$((EPOCHSECONDS - 30 * 86400))" "$EPOCHSECONDS")
