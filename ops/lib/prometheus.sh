# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# Prometheus and Alertmanager with their checkers promtool and amtool, and node_exporter. Needs say, packages, process, ports.
#
# Debian's packages start servers of their own on 9090 and 9093, now and at every boot. Nobody asked for those, and we
# need the programs alone: the packages (30 MB; on Debian 13 promtool is a third) are downloaded and unpacked into
# .run/prometheus, not installed. No root, no system user, no service; removing .run removes them.

prometheus_programs=$root/.run/prometheus/usr/bin  # shared by all instances of this checkout

# get_prometheus: nothing when all five are there, in the PATH or unpacked. Puts them into the PATH.
get_prometheus() {
  local program missing='' debian packages=(prometheus prometheus-alertmanager prometheus-node-exporter) log=$run_dir/apt.log new=$root/.run/prometheus.part
  PATH=$PATH:$prometheus_programs
  for program in prometheus prometheus-alertmanager prometheus-node-exporter promtool amtool; do
    command -v "$program" >/dev/null || missing+=" $program"
  done
  [ -n "$missing" ] || return 0
  debian=$(known_debian) || fail_as 69 "missing:$missing: install Prometheus, Alertmanager and node_exporter, or put them into the PATH"
  if [ "$debian" = 13 ]; then packages+=(promtool); fi
  need_space "$root" 300 "Prometheus and Alertmanager"
  say packages "missing for the tests of alerts:$missing (30 MB, unpacked into .run/prometheus, once)"
  rm -rf "$new"
  mkdir -p "$new"
  if ! ( cd "$new" && apt-get download -q -o APT::Sandbox::User=root "${packages[@]}" ) >>"$log" 2>&1; then
    become_root "${packages[@]}"
    apt 0 100 update
    ( cd "$new" && apt-get download -q -o APT::Sandbox::User=root "${packages[@]}" ) >>"$log" 2>&1 ||
      fail_as 69 "Prometheus could not be fetched: $(explain_log "$log") (whole log: $log)"
  fi
  for program in "$new"/*.deb; do dpkg-deb -x "$program" "$new"; done
  rm "$new"/*.deb
  show_template "$new"
  rm -rf "$root/.run/prometheus"
  mv "$new" "$root/.run/prometheus"
}

# show_template <folder>: Debian's Alertmanager reads its template from /usr/share alone. It gets a view of its own, in
# which /usr/share holds that and nothing else; what others see stays as it is. Where nobody may have such a view (in a
# chroot or a container) the template is put where the package would have put it, if we may.
show_template() {
  local program=$1/usr/bin/prometheus-alertmanager
  mv "$program" "$program.itself"
  cat >"$program" <<'VIEW'
#!/bin/sh
here=$(cd "$(dirname "$0")/../.." && pwd -P)
if [ ! -e /usr/share/prometheus/alertmanager/default.tmpl ] && ! unshare --map-root-user --mount true 2>/dev/null; then
  mkdir -p /usr/share/prometheus && cp -r "$here/usr/share/prometheus/alertmanager" /usr/share/prometheus || exit
fi
if [ -e /usr/share/prometheus/alertmanager/default.tmpl ]; then exec "$0.itself" "$@"; fi
exec unshare --map-root-user --mount sh -c 'mount -t tmpfs tmpfs /usr/share && mkdir /usr/share/prometheus &&
  cp -r "$0/usr/share/prometheus/alertmanager" /usr/share/prometheus && exec "$0/usr/bin/prometheus-alertmanager.itself" "$@"' "$here" "$@"
VIEW
  chmod +x "$program"
}

# write_targets <service …>: what Prometheus scrapes of this instance (file_sd), one file a service.
write_targets() {
  local service folder=$run_dir/monitor/targets
  mkdir -p "$folder/alertmanager"
  for service in "$@"; do
    printf '[{"labels": {"job": "%s"}, "targets": ["127.0.0.1:%s"]}]\n' "$service" "$(remembered_port "$service-admin")" >"$folder/$service.json"
  done
}
