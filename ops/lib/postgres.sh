# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# A private real Postgres: data in $run_dir/postgres, a socket folder with a short path, one port of 127.0.0.1.
# Who may connect: over the socket (its folder is ours alone) anybody; over 127.0.0.1 the superuser with the
# generated password of $run_dir/pgpass, the services' roles without. Needs say, process, ports, $run_dir.
#
# Postgres refuses to run as root. When we are root it runs as the user postgres, which Debian's package makes.

postgres_dir=$run_dir/postgres
postgres_pid=$run_dir/postgres.pid
postgres_user=millrace
# A socket's path must fit in 107 bytes, so it cannot lie under a checkout's own path.
postgres_socket=/tmp/millrace-$(printf %s "$run_dir" | sha256sum | cut -c1-10)

# postgres_bin: the newest installed server's folder of programs.
postgres_bin() {
  local folder
  folder=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)
  [ -x "$folder" ] || fail_as 69 "the Postgres server is missing: run ops/run once, or apt-get install postgresql"
  echo "${folder%/*}"
}

# as_postgres: puts into the array `as` what must stand before a command. Root gives up root; if the checkout
# lies in a folder that the user postgres cannot enter (say, /root), it keeps the one right to pass through folders.
as_postgres() {
  as=()
  [ "$(id -u)" = 0 ] || return 0
  id postgres >/dev/null 2>&1 || fail_as 69 "the system user postgres is missing: run ops/run once, or apt-get install postgresql"
  as=(setpriv --reuid=postgres --regid=postgres --init-groups)
  "${as[@]}" stat "$postgres_dir/." >/dev/null 2>&1 && return 0
  as+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
  "${as[@]}" stat "$postgres_dir/." >/dev/null 2>&1 && return 0
  fail_as 69 "the user postgres, as which the database must run, cannot enter $run_dir: move the checkout out of" \
    "the folder that is closed to it, or set MILLRACE_RUN_DIR to a folder such as /var/tmp/millrace"
}

# own <folder …>: makes folders that belong to whoever runs Postgres, and to nobody else.
own() {
  mkdir -p "$@" && chmod 700 "$@"
  [ "$(id -u)" != 0 ] || chown postgres: "$@"
}

# make_postgres: the database cluster, once. Made beside and moved into place, so that a start that was cut
# off leaves nothing half done.
make_postgres() {
  local log=$run_dir/initdb.log new=$postgres_dir/data.part
  [ ! -e "$postgres_dir/data/PG_VERSION" ] || return 0
  rm -rf "$new"
  own "$postgres_dir" "$new"
  as_postgres
  [ -s "$run_dir/pgpass" ] || ( umask 077; echo "*:*:*:$postgres_user:$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" >"$run_dir/pgpass" )
  "${as[@]}" "$(postgres_bin)/initdb" -D "$new" -U "$postgres_user" --encoding=UTF8 --locale=C --lc-ctype=C.UTF-8 --auth=trust >"$log" 2>&1 || fail_postgres "$log"
  printf '%s\n' "local all all trust" "host all $postgres_user 127.0.0.1/32 scram-sha-256" \
    "host all all 127.0.0.1/32 trust" >"$new/pg_hba.conf"
  mv "$new" "$postgres_dir/data"
}

# shared_buffers: a sixteenth of the machine's memory, from 128 MB to 1 GB; what is not used is never taken.
shared_buffers() {
  awk '/^MemTotal/ { mb = int($2 / 16384); print (mb < 128 ? 128 : mb > 1024 ? 1024 : mb) "MB" }' /proc/meminfo
}

# start_postgres: nothing when it runs. Returns when it takes connections and the database exists.
start_postgres() {
  local log=$run_dir/postgres.log port as
  alive "$postgres_pid" && return 0
  if [ -d "$postgres_dir" ]; then own "$postgres_dir"; fi
  make_postgres
  as_postgres
  own "$postgres_socket"
  forget_dead_postmaster
  for _ in 1 2 3; do
    port=$(port_of postgres)
    : >"$log"
    start_process "$postgres_pid" "$log" "${as[@]}" "$(postgres_bin)/postgres" -D "$postgres_dir/data" \
      -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$postgres_socket" \
      -c max_connections=200 -c shared_buffers="$(shared_buffers)" -c max_wal_size=1GB -c fsync="${MILLRACE_FSYNC:-on}" -c synchronous_commit=on \
      -c timezone=UTC -c log_timezone=UTC -c log_min_messages=warning -c log_line_prefix='%m [%p] %q%u@%d '
    wait_postgres "$port" && return 0
    grep -q 'Address already in use' "$log" || break
    rm -f "$run_dir/ports/postgres"  # somebody was quicker: take another
  done
  fail_postgres "$log"
}

# After a crash the lock files may name a pid that some other program has by now, or that nobody has collected.
forget_dead_postmaster() {
  local lock pid
  for lock in "$postgres_dir/data/postmaster.pid" "$postgres_socket"/.s.PGSQL.*.lock; do
    [ -e "$lock" ] || continue
    read -r pid <"$lock"
    if ! tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "$postgres_dir/data"; then rm -f "$lock"; fi
  done
}

wait_postgres() {
  local deadline=$(( SECONDS + 60 )) psql
  psql=("$(postgres_bin)/psql" -qXAt -h "$postgres_socket" -p "$1" -U "$postgres_user" -d postgres -v ON_ERROR_STOP=1)
  until "${psql[@]}" -c 'select' >/dev/null 2>&1; do
    alive "$postgres_pid" && (( SECONDS < deadline )) || return 1
    working postgres "starting on 127.0.0.1:$1"
    sleep 0.1
  done
  "${psql[@]}" >/dev/null <<SQL
alter role $postgres_user password '$(cut -d: -f5 "$run_dir/pgpass")';
select 'create database millrace' where not exists (select from pg_database where datname = 'millrace') \gexec
SQL
}

fail_postgres() {
  local cause
  cause=$(explain_log "$1")
  stop_process "$postgres_pid" 5 INT
  fail_as 69 "Postgres did not start: ${cause:-$(grep -m1 -E 'FATAL|error' "$1" | cut -c1-300)} (whole log: $1)"
}

# stop_postgres <seconds>: the fast way, which ends sessions and leaves nothing to recover.
stop_postgres() {
  stop_process "$postgres_pid" "$1" INT
  rm -rf "$postgres_socket"
}

# kill_postgres: as a power cut would; its sessions too, or they would hold the shared memory for a while.
kill_postgres() {
  local children
  children=$(cat "/proc/$(pid_in "$postgres_pid")/task/"*/children 2>/dev/null || true)
  stop_process "$postgres_pid" 5 KILL
  # shellcheck disable=SC2086  # a list of pids
  [ -z "$children" ] || kill -KILL $children 2>/dev/null || true
}

# postgres_env: libpq's variables, one export a line.
postgres_env() {
  echo "export PGHOST=$postgres_socket PGPORT=$(remembered_port postgres) PGUSER=$postgres_user PGDATABASE=millrace"
  echo "export PGPASSFILE=$run_dir/pgpass"
}
