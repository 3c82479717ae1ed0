# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# The line itself: gateway → topics → contact-sync, message-mapping, classifier, alerting, and the console that shows it.
# Builds, prepares, starts and stops it.
# Needs say, build, process, ports, keys, prometheus.

services=(gateway contact-sync message-mapping classifier alerting)
processes=("${services[@]}" console)
declare -A starting=()  # server → pid of its start that is under way
preset=${MILLRACE_PRESET:-release}
programs=$root/build/$preset
logs=$run_dir/logs

build_line() { build "$preset" 2000 "${processes[@]}" millrace; }

# program_of <process>
program_of() { case "$1" in console) echo "$programs/ops/console/console" ;; *) echo "$programs/services/$1/$1" ;; esac; }

millrace() { "$programs/ops/cli/millrace" "$@"; }

start_servers() {
  local code=0
  "$root/ops/servers" start 8>&- || code=$?
  (( code == 0 )) || exit "$code"
  line_settings
}

# prepare_line: topics and tables, as an operator would make them. Both change nothing the second time.
prepare_line() {
  local log=$run_dir/prepare.log
  working topics "applying topics/*.json"
  millrace topics apply >"$log" 2>&1 || { cat "$log" >&2; fail "the topics could not be applied: see above"; }
  working tables "applying schemas/postgres"
  millrace migrate >"$log" 2>&1 || { cat "$log" >&2; fail "the migrations could not be applied: see above"; }
  say prepared "topics and tables are as topics/ and schemas/ say"
}

# line_settings: the environment of every program of the line; also written to $run_dir/env, for ops/millrace.
# What only one of them needs is in settings_of.
line_settings() {
  gateway_port=$(port_of gateway 8080)
  gateway_url=http://127.0.0.1:$gateway_port
  {
    "$root/ops/servers" env
    echo "export MILLRACE_SOURCES=$run_dir/sources.json MILLRACE_URL=$gateway_url"
    echo "export MILLRACE_PRESET=$preset"
    echo "export MILLRACE_SENDER_KEYS=$keys MILLRACE_OPERATOR_KEY_FILE=$keys/admin.key MILLRACE_OPERATOR=demo"
  } >"$run_dir/env"
  # shellcheck source=/dev/null
  . "$run_dir/env"
}

# settings_of <service>: its own settings, one NAME=value a line.
settings_of() {
  echo "MILLRACE_ADMIN_ADDRESS=127.0.0.1"
  echo "MILLRACE_ADMIN_PORT=$(port_of "$1-admin")"
  case "$1" in
    gateway)
      echo "MILLRACE_HTTP_ADDRESS=127.0.0.1"
      echo "MILLRACE_HTTP_PORT=$gateway_port"
      echo "MILLRACE_GATEWAY_SEAL_KEY_FILE=$keys/seal.key"
      ;;
    alerting)
      # Its workers beat every few seconds (worker_online_window_sec of ops/demo/reference.json).
      echo "MILLRACE_TICK_SECONDS=${MILLRACE_TICK_SECONDS:-5}"
      # Who is told of alerts here, unless somebody else was named.
      if [ -z "${MILLRACE_NOTIFY_WEBHOOK_URL:-}" ]; then echo "MILLRACE_NOTIFY_WEBHOOK_URL=http://127.0.0.1:$(remembered_port receiver)/"; fi
      ;;
    console)
      echo "MILLRACE_CONSOLE_ADDRESS=127.0.0.1"
      echo "MILLRACE_CONSOLE_PORT=$(port_of console 8800)"
      echo "MILLRACE_ADMIN_URLS=$(for service in "${services[@]}"; do printf '%s=%s ' "$service" "$(admin_url "$service")"; done)"
      ;;
  esac
  echo "PGUSER=millrace_${1//-/_}"
}

admin_url() { echo "http://127.0.0.1:$(remembered_port "$1-admin")"; }
console_url() { echo "http://127.0.0.1:$(remembered_port console)"; }

# start_line: all of them, then waits until each says that it is ready.
start_line() {
  local service
  mkdir -p "$logs"
  port_of receiver >/dev/null
  start_process "$run_dir/receiver.pid" "$run_dir/notices" "$root/ops/demo/receiver" "$(remembered_port receiver)" 8>&-
  for service in "${processes[@]}"; do
    : >"$logs/$service.log"
    start_service "$service"
  done
  write_targets "${services[@]}"
  for service in "${processes[@]}"; do wait_ready "$service" 30; done
}

start_service() {
  local settings
  mapfile -t settings < <(settings_of "$1")
  start_process "$run_dir/$1.pid" "$logs/$1.log" env "${settings[@]}" "$(program_of "$1")" 8>&-
}

# wait_ready <service> <seconds>: polls /readyz.
wait_ready() {
  local deadline=$(( SECONDS + $2 )) answer
  until curl -sf -m 2 -o /dev/null "$(admin_url "$1")/readyz"; do
    alive "$run_dir/$1.pid" || fail "$1 ended while it started: $(last_words "$1")"
    if (( SECONDS >= deadline )); then
      answer=$(curl -s -m 2 "$(admin_url "$1")/readyz?verbose" || true)
      fail "$1 is not ready after $2 s: ${answer:-it does not answer} (its log: $logs/$1.log)"
    fi
    working start "waiting for $1"
    sleep 0.05
  done
}

# last_words <service>: why it has no choice, or the newest error of its log, else its last line, as text.
last_words() {
  local line
  if [[ $(tail -n 20 "$logs/$1.log" | tr '[:upper:]' '[:lower:]') =~ $full_disk ]]; then
    why_it_ended "$logs/$1.log"
    return
  fi
  line=$(grep '"level":"error"' "$logs/$1.log" | human_log | tail -1 || true)
  printf '%s (its log: %s)\n' "${line:-$(tail -n 5 "$logs/$1.log" | human_log | tail -1)}" "$logs/$1.log"
}

# human_log: JSON log lines as "time level service: message name=value …". What is half written, as on a full disk, is
# left out, and does not spoil the line behind it.
human_log() {
  sed -uE -e 's/^.*(\{"time":"[^"]*","level":")/\1/' -e '/^\{.*[^}]$/d' -e '/^[^{].*"\}$/d' \
    -e 's/^\{"time":"[^T"]*T([0-9:]*)[0-9.]*Z","level":"([a-z]*)","msg":"(([^"\\]|\\.)*)","service":"([^"]*)"/\1   \2 \5: \3/' \
    -e 's/,"([a-z_]+)":/ \1=/g; s/\}$//'
}

# stop_line_on_exit: whatever ends this script, all that it started ends too, by pid, and nothing is lost:
# the gateway answers what is in flight, the consumers commit or leave the batch to the next start.
stop_line_on_exit() {
  trap 'stop_line' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# shellcheck disable=SC2317  # the trap calls it
stop_line() {
  local code=$? service began=${EPOCHREALTIME/./}
  trap '' INT TERM HUP
  trap - EXIT
  set +e
  [ -z "${follower:-}" ] || kill -- "$follower" 2>/dev/null || true
  # A start that is under way holds the servers' lock.
  for service in "${!starting[@]}"; do kill "${starting[$service]}" 2>/dev/null || true; done
  working stop "ending the line"
  for service in "${processes[@]}"; do send_signal TERM "$run_dir/$service.pid"; done
  for service in "${processes[@]}"; do stop_process "$run_dir/$service.pid" 4; done
  stop_process "$run_dir/receiver.pid" 4
  "$root/ops/servers" stop 8>&- || true
  say stopped "everything, after $(seconds_since "$began") s; the data stays in $run_dir"
  exit "$code"
}
