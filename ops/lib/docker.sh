# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# A Docker engine for tests: the one that runs here, else a private one from Debian's package, and in it the base image.
# Needs say, process, packages, $run_dir.
#
# A private engine keeps its images in .run/docker-engine, so that the next build finds its layers; removing .run removes
# them. What it does to the network (bridge docker0, rules of iptables, ip_forward) is undone at its end.

engine_dir=$root/.run/docker-engine  # shared by all instances of this checkout
engine_pid=$run_dir/docker.pid
# A socket's path must fit in 107 bytes, so it cannot lie under a checkout's own path.
engine_run=/tmp/millrace-docker-$(printf %s "$run_dir" | sha256sum | cut -c1-10)
base_image=debian:trixie-slim

# get_docker: installs what `ops/test docker` needs and this machine lacks. Where systemd runs, Debian's package starts its engine.
get_docker() {
  local debian missing=()
  debian=$(known_debian) || return 0
  if ! command -v docker >/dev/null && [ "$debian" = 13 ]; then missing+=(docker-cli); fi
  if ! engine_answers && ! command -v dockerd >/dev/null; then missing+=(docker.io iptables); fi
  if ! command -v docker-compose >/dev/null && ! docker compose version >/dev/null 2>&1; then missing+=(docker-compose); fi
  if ! command -v debootstrap >/dev/null; then missing+=(debootstrap); fi
  (( ${#missing[@]} > 0 )) || return 0
  say packages "missing for images: ${missing[*]}"
  become_root "${missing[@]}"
  need_space /usr 600 "installing Docker"
  apt 0 30 update
  apt 30 100 install -y --no-install-recommends "${missing[@]}"
}

engine_answers() { timeout 10 docker version >/dev/null 2>&1; }

# start_engine: sets DOCKER_HOST when it is a private one. False, after one line that says why, when none can be had.
start_engine() {
  local log=$run_dir/docker.log deadline
  command -v docker >/dev/null || { say docker "skipped: there is no docker command here"; return 1; }
  if engine_answers; then say docker "the engine that runs here"; make_base; return; fi
  if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
    say docker "skipped: no Docker engine answers, and only root can start one of its own: run this as root"
    return 1
  fi
  mkdir -p "$engine_dir" "$engine_run"
  remember_network
  : >"$log"
  start_process "$engine_pid" "$log" dockerd --data-root "$engine_dir" --exec-root "$engine_run/exec" --oom-score-adjust 0 \
    --pidfile "$engine_run/pid" -H "unix://$engine_run/docker.sock" 8>&-
  export DOCKER_HOST=unix://$engine_run/docker.sock
  deadline=$(( SECONDS + 60 ))
  until engine_answers; do
    if ! alive "$engine_pid" || (( SECONDS >= deadline )); then
      say docker "skipped: no engine can be started here: $(tail -n 1 "$log" | cut -c1-300) (whole log: $log)"
      stop_engine
      return 1
    fi
    working docker "starting an engine of our own"
    sleep 0.2
  done
  say docker "a private engine, images in ${engine_dir#"$root/"}"
  make_base
}

stop_engine() {
  stop_process "$engine_pid" 60 || true
  [ -d "$engine_run" ] || return 0
  forget_network
  rm -rf "$engine_run"
}

remember_network() {
  cat /proc/sys/net/ipv4/ip_forward >"$engine_run/ip_forward"
  if ! [ -e /sys/class/net/docker0 ]; then touch "$engine_run/no-bridge"; fi
  iptables-save >"$engine_run/iptables" 2>/dev/null || rm -f "$engine_run/iptables"
}

forget_network() {
  if [ -s "$engine_run/ip_forward" ]; then cat "$engine_run/ip_forward" >/proc/sys/net/ipv4/ip_forward || true; fi
  if [ -e "$engine_run/no-bridge" ]; then ip link delete docker0 2>/dev/null || true; fi
  # A table that was not there has no rule but the engine's.
  if [ -e "$engine_run/iptables" ]; then
    { printf '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n*nat\nCOMMIT\n'; cat "$engine_run/iptables"; } | iptables-restore || true
  fi
}

# make_base: debian:trixie-slim, by its registry; where that cannot be reached, the same from Debian's archive. Then it has this
# machine's own certificates, if it has such (as behind a proxy that looks into TLS), for whoever installs ca-certificates.
make_base() {
  local new=$engine_run/base log=$run_dir/debootstrap.log
  ! docker image inspect "$base_image" >/dev/null 2>&1 || return 0
  working docker "pulling $base_image"
  ! timeout 60 docker pull -q "$base_image" >/dev/null 2>&1 || return 0
  if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    say docker "skipped: $base_image cannot be pulled, and debootstrap needs root to make it"
    return 1
  fi
  say docker "$base_image cannot be pulled: made with debootstrap"
  mkdir -p "$engine_run"
  rm -rf "$new"
  debootstrap --variant=minbase trixie "$new" >"$log" 2>&1 || { say docker "skipped: debootstrap failed: $(tail -n 1 "$log") (whole log: $log)"; return 1; }
  rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
  if [ -d /usr/local/share/ca-certificates ]; then cp -r /usr/local/share/ca-certificates "$new/usr/local/share/"; fi
  tar -C "$new" -c . | docker import - "$base_image" >/dev/null
  rm -rf "$new"
}
