# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# What this project needs from Debian's archive: says what is missing and why, once, and installs it.
# Needs say.sh.

# wanted_packages: one "package why" a line, for the Debian of this machine.
wanted_packages() {
  local boost=libboost1.81 java=openjdk-17-jre-headless phone='libphonenumber8 libabsl-dev'
  local url=libboost-url1.81-dev
  if [ "$debian" = 13 ]; then
    boost=libboost url=libboost-url-dev java=openjdk-21-jre-headless phone=libphonenumber-dev
  fi
  printf '%s building\n' g++ cmake ninja-build ccache
  # shellcheck disable=SC2086  # phone may be two
  printf '%s libraries\n' "$boost-dev" "$url" librdkafka-dev libpqxx-dev rapidjson-dev libssl-dev \
    prometheus-cpp-dev libicu-dev $phone libprotobuf-dev libhowardhinnant-date-dev libcli11-dev \
    libfmt-dev libvectorscan-dev libre2-dev libmimalloc-dev libgtest-dev
  printf '%s Kafka\n' "$java" maven
  printf '%s Postgres\n' postgresql
  printf '%s tools\n' kcat curl openssl ca-certificates
  # What only shows pages is large, too.
  if [ "${checking_pages:-no}" = yes ]; then printf '%s browser\n' chromium chromium-driver; fi
  # What only checks packages is large, and is installed where that is asked for.
  if [ "${checking_packages:-no}" = yes ]; then printf '%s packaging\n' file dpkg-dev lintian mandoc man-db groff-base systemd zsh; fi
  if [ "${checking_documents:-no}" = yes ]; then printf '%s documents\n' npm python3-jsonschema; fi
}

# missing_packages: those of them that this machine lacks. A program that is there in another way will do.
missing_packages() {
  local package why installed
  installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package} ' 2>/dev/null) "
  while read -r package why; do
    [[ $installed != *" installed $package "* ]] || continue
    case "$package" in
      openjdk-*) ! java_will_do || continue ;;
      maven) ! command -v mvn >/dev/null || continue ;;
      ccache | curl | kcat | openssl) ! command -v "$package" >/dev/null || continue ;;
      npm) ! command -v npm >/dev/null || continue ;;
      python3-jsonschema) ! python3 -c 'import jsonschema' 2>/dev/null || continue ;;
      ninja-build) ! command -v ninja >/dev/null || continue ;;
    esac
    echo "$package $why"
  done < <(wanted_packages)
}

# Kafka 4 needs Java 17 or newer.
java_will_do() {
  local version
  version=$(java -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p') && [ "${version:-0}" -ge 17 ]
}

# install_packages: nothing (and no word) when all is there.
install_packages() {
  local debian missing
  debian=$(known_debian) || return 0
  missing=$(missing_packages)
  if [ -n "$missing" ]; then install_missing "$missing"; fi
  if [ "$debian" = 12 ]; then unpack_phone_headers; fi
}

# known_debian: 12 or 13. Elsewhere one sentence; with MILLRACE_PACKAGES=skip the person has seen to it.
known_debian() {
  local ID='' VERSION_ID='' PRETTY_NAME='this system'
  # shellcheck source=/dev/null
  if [ -r /etc/os-release ]; then . /etc/os-release; fi
  [ "${MILLRACE_PACKAGES:-}" != skip ] || return 1
  case "$ID $VERSION_ID" in
    'debian 12' | 'debian 13') echo "$VERSION_ID" ;;
    *) fail_as 69 "$PRETTY_NAME is not Debian 12 or 13, whose packages this set-up knows: install what" \
      "ops/lib/packages.sh names and run again with MILLRACE_PACKAGES=skip" ;;
  esac
}

install_missing() {
  local why list packages began=${EPOCHREALTIME/./}
  mapfile -t packages < <(cut -d' ' -f1 <<<"$1")
  for why in building libraries Kafka Postgres tools packaging documents browser; do
    list=$(awk -v why="$why" '$2 == why { printf " %s", $1 }' <<<"$1")
    [ -z "$list" ] || say packages "missing for $why:$list"
  done
  become_root "${packages[@]}"
  need_space /usr 2500 "installing ${#packages[@]} packages"
  keep_postgres_quiet
  apt 0 30 update
  apt 30 100 install -y --no-install-recommends "${packages[@]}"
  let_postgres_be
  say packages "${#packages[@]} installed after $(seconds_since "$began") s"
}

# become_root: puts into `sudo` what must stand before a command.
become_root() {
  sudo=()
  [ "$(id -u)" != 0 ] || return 0
  if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    say packages "asking sudo for the right to install"
    sudo=(sudo)
    sudo true && return 0
  fi
  fail_as 69 "packages are missing and this user may not install them: as root, run  apt-get update &&" \
    "apt-get install --no-install-recommends $*  and then this command again"
}

# apt <from %> <to %> <command …>: apt-get with its progress as one line; its words go to a log.
apt() {
  local from=$1 to=$2 log=$run_dir/apt.log line percent text cause
  shift 2
  if ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Status-Fd=1 -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confold -o Acquire::Retries=2 "$@" </dev/null 2>>"$log" 9>&- |
    while IFS= read -r line; do
      case "$line" in
        dlstatus:* | pmstatus:*)
          IFS=: read -r _ _ percent text <<<"$line"
          [ "$1" != install ] || case "$line" in dl*) percent=$(( ${percent%.*} / 2 )) ;; pm*) percent=$(( 50 + ${percent%.*} / 2 )) ;; esac
          working packages "$(( from + (to - from) * ${percent%.*} / 100 )) %  $text"
          ;;
        *) printf '%s\n' "$line" >>"$log" ;;
      esac
    done
  then
    cause=$(explain_log "$log" /usr)
    fail_as 69 "apt-get $1 failed: ${cause:-$(grep -m1 '^E:' "$log" | cut -c4-300)} (whole log: $log)"
  fi
}

# Debian's package starts a database of its own on port 5432. Nobody asked for that one: while we install, and
# only then, a file tells it not to. A machine that has the package already is left as it is.
keep_postgres_quiet() {
  quieted=no
  if [ ! -e /usr/share/postgresql-common/maintscripts-functions ]; then
    quieted=yes
    "${sudo[@]}" mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.d/millrace.conf >/dev/null
  fi
}
let_postgres_be() {
  if [ "$quieted" = yes ]; then "${sudo[@]}" rm -f /etc/postgresql-common/createcluster.d/millrace.conf; fi
}

# On Debian 12 libphonenumber-dev cannot stand beside Boost 1.81, but its headers can: they are unpacked from the
# package into .run/libphonenumber (which the build looks into), with a link to the installed library.
unpack_phone_headers() {
  local target=$root/.run/libphonenumber new=$root/.run/libphonenumber.part version triplet log=$run_dir/apt.log
  version=$(dpkg-query -W -f='${Version}' libphonenumber8)
  [ "$(cat "$target/version" 2>/dev/null)" != "$version" ] || return 0
  rm -rf "$new"
  mkdir -p "$new"
  if ! ( cd "$new" && apt-get download -q -o APT::Sandbox::User=root "libphonenumber-dev=$version" ) >>"$log" 2>&1; then
    become_root libphonenumber8
    apt 0 100 update
    ( cd "$new" && apt-get download -q -o APT::Sandbox::User=root "libphonenumber-dev=$version" ) >>"$log" 2>&1 ||
      fail_as 69 "the headers of libphonenumber could not be fetched: $(explain_log "$log" "$root") (whole log: $log)"
  fi
  dpkg-deb -x "$new"/libphonenumber-dev_*.deb "$new"
  rm "$new"/*.deb
  triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)
  ln -sf "/usr/lib/$triplet/libphonenumber.so.8" "$new/usr/lib/$triplet/libphonenumber.so"
  echo "$version" >"$new/version"
  rm -rf "$target"
  mv "$new" "$target"
}
