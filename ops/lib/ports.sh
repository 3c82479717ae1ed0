# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# Free ports of 127.0.0.1, remembered in the instance's folder so that the next start takes the same ones.
# Needs say.sh and $run_dir.

# port_in_use <port>: some socket of this machine holds it (any address; what is being closed, as after a kill, stands in
# nobody's way).
port_in_use() {
  local hex
  printf -v hex '%04X' "$1"
  awk -v port=":$hex" '$4 ~ /^(01|02|03|0A)$/ && substr($2, length($2) - 4) == port { found = 1 } END { exit !found }' \
    /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# port_of <name> [wanted]: the remembered port if it is free; else the wanted one if free; else another free one.
# MILLRACE_PORT_<NAME> fixes it: then a taken port is an error, as nothing else was asked for.
port_of() {
  local name=$1 wanted=${2:-} file=$run_dir/ports/$1 fixed port try
  fixed=MILLRACE_PORT_${name^^}
  fixed=${fixed//-/_}
  if [ -n "${!fixed:-}" ]; then
    port=${!fixed}
    ! port_in_use "$port" || fail_as 69 "port $port, asked for by $fixed, is taken: stop what holds it or choose another"
  else
    port=$(cat "$file" 2>/dev/null || echo "$wanted")
    for try in {1..200}; do
      [ -n "$port" ] && ! port_in_use "$port" && break
      (( try < 200 )) || fail_as 69 "no free port of 127.0.0.1 was found between 20000 and 32000: stop some programs"
      port=$(( 20000 + RANDOM % 12000 ))  # below the range that the kernel hands out by itself
    done
  fi
  mkdir -p "$run_dir/ports"
  echo "$port" >"$file"
  echo "$port"
}

# remembered_port <name>
remembered_port() { cat "$run_dir/ports/$1"; }
