# shellcheck shell=bash disable=SC2154  # results is set by whoever sources this
# What ctest and GoogleTest say, as progress and as one line of counts. Needs say.sh.

# show_tests <preset>: reads ctest's output; passing programs are progress, all else is shown. Notes programs that
# failed without a result file (crash, time-out) in $results/crashed.
show_tests() {
  local line silent=no passed=0
  while IFS= read -r line; do
    if [[ $line =~ ^\ *([0-9]+)/([0-9]+)\ Test\ +#[0-9]+:\ ([^ ]+)\ \.*\ *(.*)$ ]]; then
      if [[ ${BASH_REMATCH[4]} == Passed* ]]; then
        silent=yes passed=$(( passed + 1 ))
        working "tests" "$1 ${BASH_REMATCH[1]}/${BASH_REMATCH[2]}  ${BASH_REMATCH[3]}"
      else
        silent=no
        say FAILED "${BASH_REMATCH[3]} ($1): ${BASH_REMATCH[4]#\*\*\*}"
        echo "${BASH_REMATCH[3]}" >>"$results/failed-programs"
      fi
    elif [[ $line =~ ^\ *Start\ +[0-9]+: || $line == 'Test project '* || $line == 'Internal ctest changing'* ]]; then
      :
    elif [[ $line =~ tests\ passed,\ |^Label\ Time|^Total\ Test|^The\ following|^Errors\ while|^\ +[0-9]+\ -\  ]]; then
      silent=yes
    elif [ "$silent" = no ] && [ -n "$line" ]; then
      printf '    %s\n' "$line" >&2
    fi
  done
  say tests "$1: $passed programs passed"
}

# count_tests <results> <began>: sums the XML files that the test programs wrote. False when something failed.
count_tests() {
  local cases failures skipped crashed=0 program
  local files=()
  mapfile -t files < <(find "$1" -name '*.xml')
  cases=0 failures=0 skipped=0
  if (( ${#files[@]} > 0 )); then
    cases=$(cat "${files[@]}" | grep -c '<testcase ' || true)
    skipped=$(cat "${files[@]}" | grep -cE '<skipped|status="notrun"' || true)
    failures=$(awk '/<testcase / { failed = 0 } /<failure / && !failed { failed = 1; n++ } END { print n + 0 }' "${files[@]}")
  fi
  # A program that crashed or ran out of time wrote no file: it counts as one failure.
  if [ -e "$1/failed-programs" ]; then
    while read -r program; do
      if ! find "$1" -name "$program*.xml" -exec grep -l '<failure ' {} + | grep -q .; then crashed=$(( crashed + 1 )); fi
    done <"$1/failed-programs"
  fi
  failures=$(( failures + crashed ))
  if terminal; then printf '\r\033[K' >&2; fi
  echo "ops/test: $(( cases - skipped - failures + crashed )) passed, $failures failed, $skipped skipped in $(seconds_since "$2") s"
  (( failures == 0 ))
}
