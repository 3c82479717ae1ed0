# shellcheck shell=bash disable=SC2154,SC2034  # set, or used, by whoever sources this
# What ops/run shows: one webhook from signature to row, a small story, what to try next, and what happens.
# Needs say, line, keys, report.

# prove_line: signs one webhook that never was before, posts it, waits for its row. Prints the milliseconds.
prove_line() {
  local id body=$run_dir/proof.json answer=$run_dir/proof.answer began waiter code answered arrived
  id=proof-$(date -u +%Y%m%d-%H%M%S)-$RANDOM
  printf '{"type":"ContactCreate","webhookId":"%s","appId":"6878cec452e7c8d29d4dd3d9","locationId":"Loc0000000000000West","timestamp":"%s","id":"%s","firstName":"Millrace","lastName":"Proof","email":"%s@example.com","dateAdded":"%s","tags":["proof"]}' \
    "$id" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$id" "$id" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" >"$body"
  wait_for_row crm.contact_mappings "ghl_contact_id = '$id'" 30 &
  waiter=$!
  began=${EPOCHREALTIME/./}
  code=$(curl -sS -m 20 -o "$answer" -w '%{http_code}' -H 'content-type: application/json' \
    -H "x-ghl-signature: $(sign_ed25519 ghl "$body")" --data-binary @"$body" "$gateway_url/webhooks/ghl/ghl") ||
    fail "the gateway did not answer on $gateway_url: see $logs/gateway.log"
  answered=${EPOCHREALTIME/./}
  [ "$code" = 200 ] || fail "the gateway answered $code to a well-signed webhook: $(cat "$answer")"
  wait "$waiter" || fail "the webhook was taken (200) but its row is not in crm.contact_mappings after 30 s: see $logs/contact-sync.log"
  arrived=${EPOCHREALTIME/./}
  say prove "signed ghl ContactCreate → 200 after $(( (answered - began) / 1000 )) ms → its row in crm.contact_mappings after $(( (arrived - began) / 1000 )) ms ✓"
}

# sign_ed25519 <key name> <file>: the signature in base64.
sign_ed25519() { openssl pkeyutl -sign -inkey "$keys/$1.key" -rawin -in "$2" | base64 -w0; }

# wait_for_row <table> <condition> <seconds>: looks every 2 ms within one connection; false when there is none.
wait_for_row() {
  sql >/dev/null 2>&1 <<SQL
do \$\$ begin
  for i in 1..$(( $3 * 500 )) loop
    if exists (select from $1 where $2) then return; end if;
    perform pg_sleep(0.002);
  end loop;
  raise 'no row';
end \$\$
SQL
}

# tell_reference: the project, its agents, lists and bindings, as an operator's signed admin events.
tell_reference() {
  [ ! -e "$run_dir/told/reference" ] || return 0
  millrace admin apply "$root/ops/demo/reference.json" >"$run_dir/reference.log" 2>&1 ||
    { cat "$run_dir/reference.log" >&2; fail "the project's reference data was not taken: see above"; }
  mkdir -p "$run_dir/told"
  touch "$run_dir/told/reference"
  say project "acme/west: its accounts bound, its agents and lists known (ops/demo/reference.json)"
}

# tell_story: posts what ops/demo/story lists, once; the same events again would be duplicates.
tell_story() {
  local line words posted=0
  if [ -e "$run_dir/told/story" ]; then
    say story "was told at an earlier start (ops/servers wipe forgets it)"
    return 0
  fi
  while read -r line; do
    [[ -n $line && $line != \#* ]] || continue
    working story "$line"
    read -ra words <<<"$line"
    millrace send "${words[@]}" >"$run_dir/send.log" 2>&1 </dev/null ||
      { cat "$run_dir/send.log" >&2; fail "millrace send $line was not taken: see above"; }
    posted=$(( posted + 1 ))
  done <"$root/ops/demo/story"
  mkdir -p "$run_dir/told"
  touch "$run_dir/told/story"
  say story "$posted lines of ops/demo/story posted, every provider's webhooks, signed for real"
}

# say_what_next: lines to copy. On stdout: they are the result.
say_what_next() {
  local run=${run_dir#"$root/"}
  cat <<NEXT
  url     $gateway_url/webhooks/<provider>/<source>      (sources: $run/sources.json)
  send    ops/millrace send ghl/contact-update --twice
  curl    curl -i $gateway_url/webhooks/ghl/ghl-workflow -H "authorization: Bearer \$(cat $run/keys/ghl-workflow.key)" \\
            -H 'content-type: application/json' -d '{"contact_id":"me","first_name":"Me","email":"me@example.com","location":{"id":"Loc0000000000000West"}}'
  psql    psql -h $PGHOST -p $PGPORT -U $PGUSER $PGDATABASE -c 'table crm.contact_mappings'
  kcat    kcat -b $MILLRACE_KAFKA_BROKERS -C -t raw.ghl -e -q -f '%h\n%s\n\n'
  health  curl $(admin_url gateway)/readyz?verbose
  stop    Ctrl-C (the data stays; ops/servers wipe forgets it)

NEXT
}

# stay: until Ctrl-C. A line for every line of the services' logs that is information or worse, one for every second in
# which events were folded; a service that ends is started again.
stay() {
  local before now service
  follow_logs &
  follower=$!  # stop_line ends it
  before=$(outcomes)
  while true; do
    sleep 1 &
    wait $! || true
    for service in "${services[@]}"; do
      alive "$run_dir/$service.pid" || start_again "$service"
    done
    now=$(outcomes 2>/dev/null) || continue
    [ "$now" = "$before" ] || say_difference "$before" "$now"
    before=$now
  done
}

start_again() {
  say ended "$1: $(last_words "$1"); starting it again"
  start_service "$1"
}

# outcomes: "<service> <applied> <ignored> <duplicate> <error> <stuck>", a line per service.
outcomes() {
  sql -c "$(for_each_service "select '%s', sum(applied), sum(ignored), sum(duplicate), sum(error), sum(stuck) from %s.applied") order by 1"
}

say_difference() {
  local text
  while read -r text; do say "$(date +%H:%M:%S)" "$text"; done < <(
    awk 'NR == FNR { for (i = 2; i <= 6; i++) old[$1, i] = $i; next }
      { line = ""; split("- applied ignored duplicate error stuck", name)
        for (i = 2; i <= 6; i++) if ($i > old[$1, i]) line = line " " $i - old[$1, i] " " name[i]
        gsub("_", "-", $1); if (line != "") print $1 ":" line }' <(echo "$1") <(echo "$2"))
}

follow_logs() {
  local files=("${services[@]/#/$logs/}")
  tail --pid=$$ -q -n 0 -F "${files[@]/%/.log}" 2>/dev/null 8>&- | human_log | sed -u 's/^/  /' >&2
}
