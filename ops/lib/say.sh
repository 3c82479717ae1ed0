# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# How the scripts speak: steps on stderr, results on stdout, every failure one sentence with what to do.
# Sourced by all of them. No state but the time of the start.

# terminal: may we redraw a line? NO_COLOR and TERM=dumb are honoured.
terminal() { [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; }

# seconds_since <microseconds>: "12.3"
seconds_since() {
  local now=${EPOCHREALTIME/./} tenths
  tenths=$(( (now - $1) / 100000 ))
  echo "$(( tenths / 10 )).$(( tenths % 10 ))"
}

# say <word> <text …>: one finished line, "  word       text".
say() {
  local word=$1
  shift
  if terminal; then printf '\r\033[K' >&2; fi
  printf '  %-10s %s\n' "$word" "$*" >&2
}

# working <word> <text …>: a line that the next one replaces on a terminal. Elsewhere (a pipe, CI) at most
# one line in ten seconds, so that a long step shows it is alive.
say_last_working=0
working() {
  local word=$1 now=$SECONDS
  shift
  if terminal; then
    printf '\r\033[K  %-10s %.*s' "$word" "$(( ${COLUMNS:-80} - 14 ))" "$*" >&2
  elif (( now - say_last_working >= 10 )); then
    say_last_working=$now
    printf '  %-10s … %s\n' "$word" "$*" >&2
  fi
}

# fail <sentence>: what went wrong and what to do, then exit 1 (fail_as <code> <sentence>: that code;
# 64 usage, 69 something that we need is away, 75 try again).
fail() { fail_as 1 "$@"; }
fail_as() {
  local code=$1
  shift
  if terminal; then printf '\r\033[K' >&2; fi
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

# What programs say when the machine has no more to give.
full_disk='no space left on device|disk quota exceeded'
full_memory='cannot allocate memory|out ?of ?memory'

# why_it_ended <log>: what a program that ran said at its end, as one sentence without a full stop. Writes nothing: the
# disk may be full.
why_it_ended() {
  local last
  last=$(tail -n 100 "$1" 2>/dev/null || true)
  if [[ ${last,,} =~ $full_disk ]]; then
    echo "the disk is full: free some space (df -h ${run_dir:-$PWD})"
  elif [[ ${last,,} =~ $full_memory ]]; then
    echo "memory ran out: 4 GB are needed; close something"
  else
    last=$(grep -iE 'panic|fatal|error' <<<"$last" | tail -1 || true)
    echo "${last:+${last:0:300} }(its log: $1)"
  fi
}

# explain_log <file> [folder]: the known causes that a log can tell, as one sentence; nothing when it knows none. The folder
# lies on the disk that was written to: that of data and logs unless another is named.
explain_log() {
  if grep -qiE "$full_disk" "$1" 2>/dev/null; then
    echo "the disk is full: free some space (df -h ${2:-${run_dir:-$PWD}}) and start again"
  elif grep -qiE 'could not resolve|temporary failure in name resolution|unknown host|network is unreachable|unable to fetch|failed to fetch' "$1" 2>/dev/null; then
    echo "the network is not reachable: connect this machine to the internet (or set http_proxy) and start again"
  elif grep -qiE 'connection timed out|connect timed out|connection refused' "$1" 2>/dev/null; then
    echo "a download did not answer: check the network and start again"
  elif grep -qiE 'permission denied' "$1" 2>/dev/null; then
    echo "a file may not be written: run this as the user whom the checkout belongs to (ls -ld $root), or give it to yourself with chown"
  elif grep -qiE "$full_memory|killed signal" "$1" 2>/dev/null; then
    echo "memory ran out: 4 GB are needed; close something and start again"
  fi
}

# need_space <folder> <MB> <for what>: refuses before the work, not in its middle.
need_space() {
  local free
  free=$(df -Pm "$1" | awk 'NR==2 {print $4}')
  if (( free < $2 )); then
    fail "$3 needs $2 MB on the disk of $1 and $free MB are free: free some space and start again"
  fi
}
