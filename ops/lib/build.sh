# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# Configuring and building a preset, with one line of progress. Needs say.sh.

# What ccache knows of one checkout is good for every other. The third lets it keep what was compiled with the standard
# headers read once (CMakeLists.txt).
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros

# build_jobs: as many compilers as there are cores, but one for each 1.2 GB that is free: ours are hungry.
build_jobs() {
  awk -v cores="$(nproc)" '/^MemAvailable/ { fit = int($2 / 1200000); if (fit < 1) fit = 1
    print fit < cores ? fit : cores }' /proc/meminfo
}

# configure <preset>
configure() {
  local log=$run_dir/configure-$1.log
  working build "configuring $1"
  if ! ( cd "$root" && cmake --preset "$1" ) >"$log" 2>&1 9>&-; then
    sed -n '/^CMake Error/,$p' "$log" | head -30 >&2
    fail "CMake could not configure the preset $1: $(explain_log "$log" "$root")see above (whole log: $log)"
  fi
}

# build <preset> <MB of disk> [target …]: everything when no target is named. What the compiler says of a
# fault is shown whole.
build() {
  local preset=$1 space=$2 log=$run_dir/build-$1.log began=${EPOCHREALTIME/./} line cause steps=0
  shift 2
  need_space "$root" "$space" "building"
  [ -e "$root/build/$preset/build.ninja" ] || configure "$preset"
  : >"$log"
  if ! NINJA_STATUS='[%f/%t] ' ninja -C "$root/build/$preset" -j "$(build_jobs)" "$@" 2>&1 </dev/null 9>&- |
    while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log"
      [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]] || continue
      working build "$preset ${BASH_REMATCH[1]}/${BASH_REMATCH[2]}  $(( BASH_REMATCH[1] * 100 / BASH_REMATCH[2] )) %  ${BASH_REMATCH[3]##*/}"
    done
  then
    cause=$(explain_log "$log" "$root")
    [ -n "$cause" ] || sed -n '/^FAILED/,$p' "$log" | head -60 >&2
    fail "the build of $preset failed: ${cause:-the compiler says why above} (whole log: $log)"
  fi
  steps=$(grep -c '^\[' "$log" || true)
  if (( steps > 0 )); then say build "$preset: $steps steps after $(seconds_since "$began") s"; fi
}
