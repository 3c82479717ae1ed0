# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# Processes that we started: a pid file each, remembered together with the process's start time so that a pid
# that the kernel gave to somebody else is never signalled. Needs say.sh.

# start_time_of <pid>: clock ticks since boot, field 22 of stat (after the name, which may hold blanks).
start_time_of() {
  local stat
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086  # split into fields on purpose
  set -- ${stat##*) }
  [ "$1" != Z ] || return 1
  echo "${20}"
}

# remember <pid> <pid file>
remember() { echo "$1 $(start_time_of "$1" || echo gone)" >"$2"; }

# alive <pid file>: is the very process that was remembered still running?
alive() {
  local pid started
  [ -r "$1" ] && read -r pid started <"$1" && [ "$(start_time_of "$pid")" = "$started" ]
}

# pid_in <pid file>
pid_in() { local pid rest; read -r pid rest <"$1" && echo "$pid"; }

# send_signal <signal> <pid file>: quietly nothing when it is gone.
send_signal() { ! alive "$2" || kill "-$1" "$(pid_in "$2")" 2>/dev/null || true; }

# wait_gone <pid file> <seconds>: true when it ended in time; then the pid file is removed.
wait_gone() {
  local deadline=$(( ${EPOCHREALTIME/./} + $2 * 1000000 ))
  while alive "$1"; do
    (( ${EPOCHREALTIME/./} < deadline )) || return 1
    sleep 0.05
  done
  rm -f "$1"
}

# stop_process <pid file> <seconds> [signal]: asks, waits, and kills what does not listen, and says so.
stop_process() {
  send_signal "${3:-TERM}" "$1"
  if wait_gone "$1" "$2"; then return 0; fi
  say stop "$(basename "$1" .pid) did not end within $2 s: killed"
  send_signal KILL "$1"
  wait_gone "$1" 5
}

# start_process <pid file> <log> <command …>: in the background, out of reach of the terminal's Ctrl-C (whoever
# started it stops it, in order), with no terminal and without our lock.
start_process() {
  local pid_file=$1 log=$2
  shift 2
  setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
  remember $! "$pid_file"
  disown $!
}
