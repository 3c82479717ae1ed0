# shellcheck shell=bash disable=SC2154,SC2034  # set, or used, by whoever sources this
# What ops/run shows: one webhook from signature to row, a small story, what to try next, and what happens.
# Needs say, line, keys.

# prove_line: signs one webhook that never was before, posts it, waits for its row. Prints the milliseconds.
prove_line() {
  local proof
  working prove "one signed webhook, from its signature to its row"
  proof=$(millrace demo prove) || fail "the line could not be proved: see above, and the logs in $logs"
  say prove "$proof ✓"
}

# tell_story: what ops/demo/story.json tells; told again, its events are duplicates.
tell_story() {
  offline_before=$(times_offline)
  millrace demo worker >/dev/null || fail "the demo's lead worker could not be given a key: see above"
  say story "ops/demo/story.json: every provider's webhooks, signed for real"
  millrace demo story || fail "the story was not taken as it should be: see above, and the logs in $logs"
}

# tell_alert: somebody says that something is wrong; alerting derives it, tells the receiver once, and says that it did.
tell_alert() {
  local subject=worker-$EPOCHSECONDS log=$run_dir/alert.log deadline=$(( SECONDS + 60 ))
  [ -z "${MILLRACE_NOTIFY_WEBHOOK_URL:-}" ] || return 0
  working alert "waiting for alerting to tell of it"
  millrace send leads/alert-raised --set "/occurred_at=$(date -u -d '-3 minutes' +%FT%TZ)" --set "/data/subject=$subject" \
    --set "/data/message=the search engine asks $subject for a captcha" >"$log" 2>&1 || fail "the alert was not taken: see $log"
  until grep -q "$subject" "$run_dir/notices"; do
    (( SECONDS < deadline )) || fail "nobody was told of the alert after 60 s: see $logs/alerting.log"
    sleep 0.1
  done
  say alert "raised, derived, told: $(grep -c "$subject" "$run_dir/notices") message to the receiver on 127.0.0.1:$(remembered_port receiver) ✓"
}

# times_offline: how often the receiver was told that the story's worker is silent.
times_offline() { grep -c 'Alert acme/west: worker worker-001 is offline' "$run_dir/notices" || true; }

# tell_silence: the worker of the story says nothing any more. Somebody is told when that has lasted for a minute.
tell_silence() {
  local deadline=$(( SECONDS + 150 ))
  [ -z "${MILLRACE_NOTIFY_WEBHOOK_URL:-}" ] || return 0
  working silence "the story's worker is silent: waiting for alerting to tell of it"
  until (( $(times_offline) > offline_before )); do
    (( SECONDS < deadline )) || fail "nobody was told of the silent worker after 150 s: see $logs/alerting.log"
    sleep 0.2
  done
  say silence "worker-001 is offline: noticed by the clock's ticks, told to the receiver ✓"
}

# tell_what_came: per service, per table; with --balance per topic, and against ops/demo/expected.json.
tell_what_came() {
  printf '\n'
  millrace demo "$@" || fail "what came of the story is not what should have: see above, and the logs in $logs"
}

# say_what_next: lines to copy. On stdout: they are the result.
say_what_next() {
  local run=${run_dir#"$root/"}
  cat <<NEXT
  look    $(console_url)      (the line, live)
  url     $gateway_url/webhooks/<provider>/<source>      (sources: $run/sources.json)
  send    ops/millrace send ghl/contact-updated-phone --twice
  curl    curl -i $gateway_url/webhooks/ghl/ghl-workflow -H "authorization: Bearer \$(cat $run/keys/ghl-workflow.key)" \\
            -H 'content-type: application/json' -d '{"contact_id":"me","first_name":"Me","email":"me@example.com","location":{"id":"Loc0000000000000West"}}'
  psql    psql -h $PGHOST -p $PGPORT -U $PGUSER $PGDATABASE -c 'table crm.contact_mappings'
  kcat    kcat -b $MILLRACE_KAFKA_BROKERS -C -t raw.ghl -e -q -f '%h\n%s\n\n'
  alerts  tail -f $run/notices      (what alerting told its receiver)
  health  curl $(admin_url gateway)/readyz?verbose
  stop    Ctrl-C (the data stays; ops/servers wipe forgets it)

NEXT
}

# stay: until Ctrl-C. A line for every line of the services' logs that is information or worse, one for every second in
# which events were folded; what ends, Kafka and Postgres too, is started again.
stay() {
  local before now service
  follow_logs 8>&- &
  follower=$!  # stop_line ends it
  before=$(outcomes)
  while true; do
    sleep 1 8>&- &
    wait $! || true
    for service in postgres kafka; do watch_server "$service"; done
    for service in "${processes[@]}"; do
      alive "$run_dir/$service.pid" || start_again "$service"
    done
    now=$(outcomes 2>/dev/null) || continue
    [ "$now" = "$before" ] || say_difference "$before" "$now"
    before=$now
  done
}

declare -A told=() pause=() due=()  # of a server that is away: what was said, seconds between tries, when the next is

# watch_server <server>: when it has ended, says why, once, and starts it again beside the loop, every time a bit later.
watch_server() {
  local server=$1 log=$run_dir/$1-again.log why
  if [ -n "${starting[$server]:-}" ]; then
    ! kill -0 "${starting[$server]}" 2>/dev/null || return 0
    if wait "${starting[$server]}"; then
      say back "$server runs again; nothing is lost"
      unset "told[$server]" "pause[$server]" "due[$server]"
    else
      why=$(tail -n 1 "$log" 2>/dev/null || true)
      if [ "$why" != "${told[$server]}" ]; then say away "$server: ${why#servers: }; trying again"; fi
      told[$server]=$why
    fi
    unset "starting[$server]"
    return
  fi
  ! alive "$run_dir/$server.pid" || return 0
  if [ -z "${told[$server]:-}" ]; then
    told[$server]=$(why_it_ended "$(log_of "$server")")
    say ended "$server: ${told[$server]}; starting it again"
  fi
  (( SECONDS >= ${due[$server]:-0} )) || return 0
  pause[$server]=$(( ${pause[$server]:-1} < 16 ? ${pause[$server]:-1} * 2 : 30 ))
  due[$server]=$(( SECONDS + pause[$server] ))
  "$root/ops/servers" start "$server" >"$log" 2>&1 8>&- &
  starting[$server]=$!
}

log_of() { case "$1" in kafka) echo "$run_dir/kafka/log" ;; *) echo "$run_dir/$1.log" ;; esac; }

start_again() {
  say ended "$1: $(last_words "$1"); starting it again"
  start_service "$1"
}

# consumer_schemas: the schemas of the services that record (each has a table `applied`).
consumer_schemas() {
  sql -c "select table_schema from information_schema.tables where table_name = 'applied' order by 1"
}

sql() { psql -qXAt -F ' ' -v ON_ERROR_STOP=1 "$@"; }

# for_each_service <sql with %s for the schema>: the union over the services.
for_each_service() {
  local schema query=
  for schema in $(consumer_schemas); do query+="${query:+ union all }${1//%s/$schema}"; done
  echo "$query"
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
  local files=("${processes[@]/#/$logs/}")
  tail --pid=$$ -q -n 0 -F "${files[@]/%/.log}" 2>/dev/null 8>&- | human_log | sed -u 's/^/  /' >&2
}
