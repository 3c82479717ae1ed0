# shellcheck shell=bash disable=SC2154  # set by whoever sources this
# What came of it: per service, per table, per topic. Results go to stdout. All is read from the tables and from
# the services' /metrics; nothing here knows a provider. Needs say.sh and line.sh.

sql() { psql -qXAt -F ' ' -v ON_ERROR_STOP=1 "$@"; }

# consumer_schemas: the schemas of the services that record (each has a table `applied`).
consumer_schemas() {
  sql -c "select table_schema from information_schema.tables where table_name = 'applied' order by 1"
}

# for_each_service <sql with %s for the schema>: the union over the services.
for_each_service() {
  local schema query=
  for schema in $(consumer_schemas); do query+="${query:+ union all }${1//%s/$schema}"; done
  echo "$query"
}

# wait_until_quiet: until every service has read its topics to their ends and no mark is left, so that the tables
# are final.
wait_until_quiet() {
  local deadline=$(( SECONDS + 60 )) behind
  until behind=$(what_is_behind) && [ -z "$behind" ]; do
    (( SECONDS < deadline )) || fail "the tables are not final after 60 s: $behind (the services' logs: $logs)"
    working fold "$behind"
    sleep 0.1
  done
}

# what_is_behind: nothing when nothing is. Kafka's ends against the offsets that are rows, and the marks.
what_is_behind() {
  local offsets ends
  offsets=$(sql -c "$(for_each_service "select '%s', topic, partition, next_offset from %s.applied")")
  # shellcheck disable=SC2046  # one -t and its argument per partition
  ends=$(kcat -q -b "$MILLRACE_KAFKA_BROKERS" -Q \
    $(awk '{ print "-t"; print $2 ":" $3 ":-1" }' <<<"$offsets" | paste -sd' ') 2>/dev/null |
    sed -n 's/^\(.*\) \[\([0-9]*\)\] offset \([0-9]*\)$/\1 \2 \3/p')
  awk 'NR == FNR { end[$1 " " $2] = $3; next }
    { late = end[$2 " " $3] - $4; if (late > 0) behind[$1] += late }
    END { for (s in behind) printf "%s has %d events to read; ", s, behind[s] }' <(echo "$ends") <(echo "$offsets")
  sql -c "select string_agg(s || ' has ' || n || ' groups to derive', '; ') from (
    $(for_each_service "select '%s' s, count(*) n from %s.marks")) m where n > 0"
}

# print_services: the five outcomes, and how old the oldest thing is that still waits.
print_services() {
  local row
  printf '\n  %-16s %8s %8s %10s %6s %6s   %s\n' service applied ignored duplicate error stuck 'oldest event, mark waiting'
  sql -c "$(for_each_service "select '%s', sum(applied), sum(ignored), sum(duplicate), sum(error), sum(stuck),
      (select coalesce(round(extract(epoch from now() - min(at))::numeric, 1) || ' s', 'none') from %s.marks) from %s.applied")" |
    while read -r -a row; do
      printf '  %-16s %8s %8s %10s %6s %6s   %s, %s\n' "${row[0]//_/-}" "${row[@]:1:5}" \
        "$(oldest_event "${row[0]//_/-}")" "${row[*]:6}"
    done
}

# oldest_event <service>: as its /metrics say; "none" when nothing waits.
oldest_event() {
  local age
  age=$(curl -s -m 2 "$(admin_url "$1")/metrics" |
    awk '/^millrace_oldest_unprocessed_event_seconds/ { if ($NF > most) most = $NF } END { printf "%.1f", most }')
  if [ "${age:-0.0}" = 0.0 ]; then echo none; else echo "$age s"; fi
}

# print_tables: rows of every table of the seeds' schemas.
print_tables() {
  printf '\n  %-34s %s\n' table rows
  sql -c "select table_schema || '.' || table_name,
      (xpath('/row/n/text()', query_to_xml(format('select count(*) n from %I.%I', table_schema, table_name), false, true, '')))[1]::text
    from information_schema.tables t
    where table_schema = 'crm' and table_type = 'BASE TABLE'
      and not exists (select from pg_inherits where inhrelid = format('%I.%I', table_schema, table_name)::regclass)
    order by 1" | awk '{ printf "  %-34s %s\n", $1, $2 }'
  printf '\n'
}

# print_balance: per service and topic: next − first = applied + ignored + duplicate + error + stuck.
print_balance() {
  printf '  %-16s %-18s %6s   %s\n' service topic events 'applied + ignored + duplicate + error + stuck'
  sql -c "select s, topic, sum(n), sum(a), sum(i), sum(d), sum(e), sum(st), sum(n) = sum(a + i + d + e + st) from (
      $(for_each_service "select '%s' s, topic, next_offset - first_offset n, applied a, ignored i, duplicate d, error e, stuck st from %s.applied")
    ) b group by 1, 2 order by 1, 2" >"$run_dir/balance"
  awk '{ gsub("_", "-", $1); printf "  %-16s %-18s %6d = %d + %d + %d + %d + %d  %s\n", $1, $2, $3, $4, $5, $6, $7, $8,
    $9 == "t" ? "✓" : "✗" }' "$run_dir/balance"
  if grep -q ' f$' "$run_dir/balance"; then
    fail "the balance does not hold: some events are neither stored, ignored, duplicate, error nor stuck"
  fi
  [ -s "$run_dir/balance" ] || fail "no service has recorded anything: look into $logs"
}

# check_expected: each line of ops/demo/expected names a table and a condition that at least one row meets.
check_expected() {
  local table condition missing=0 found=0
  while read -r table condition; do
    [[ -n $table && $table != \#* ]] || continue
    if [ "$(sql -c "select exists (select from $table where $condition)")" = t ]; then
      found=$(( found + 1 ))
    else
      missing=$(( missing + 1 ))
      say missing "$table where $condition"
    fi
  done <"$root/ops/demo/expected"
  printf '\n  %s expected rows are there\n' "$found"
  (( missing == 0 )) || fail "$missing expected rows are missing: see above"
}
