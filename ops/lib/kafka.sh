# shellcheck shell=bash disable=SC2154  # run_dir and root are set by whoever sources this
# A private real Kafka: jars by Maven, one KRaft node, data in $run_dir/kafka. Needs say, process, ports, and
# $root (the checkout), $run_dir.

kafka_jars=$root/build/kafka   # shared by all instances of this checkout
kafka_dir=$run_dir/kafka
kafka_pid=$run_dir/kafka.pid

# get_kafka: the jars of ops/kafka/pom.xml, once per pom.
get_kafka() {
  local pom=$root/ops/kafka/pom.xml sum log=$run_dir/maven.log pid
  sum=$(sha256sum <"$pom")
  [ "$(cat "$kafka_jars/made-from" 2>/dev/null)" != "$sum" ] || return 0
  command -v mvn >/dev/null || fail_as 69 "Maven is missing, which fetches Kafka's jars: run ops/run once, or apt-get install maven"
  say kafka "fetching the jars of Apache Kafka (ops/kafka/pom.xml, 54 MB, once)"
  need_space "$root" 200 "Kafka"
  rm -rf "$kafka_jars.part"
  mvn -B -ntp -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$kafka_jars.part" \
    </dev/null >"$log" 2>&1 9>&- &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    working kafka "$(find "$kafka_jars.part" -name '*.jar' 2>/dev/null | wc -l) jars in place, Maven works"
    sleep 0.5
  done
  if ! wait "$pid"; then
    fail_as 69 "Maven could not fetch Kafka's jars: $(why_no_maven "$log") (whole log: $log)"
  fi
  echo "$sum" >"$kafka_jars.part/made-from"
  rm -rf "$kafka_jars"
  mv "$kafka_jars.part" "$kafka_jars"
}

# why_no_maven <log>: Maven itself hides why a transfer failed, so we ask the same server.
why_no_maven() {
  local code=0
  curl -sS -m 20 -o /dev/null https://repo.maven.apache.org/maven2/ 2>/dev/null || code=$?
  case "$code" in
    6 | 7 | 28) echo "the network is not reachable: connect this machine to the internet and start again" ;;
    35 | 60) echo "the certificate of repo.maven.apache.org is not trusted here, as behind a proxy that looks into TLS:" \
      "put that proxy's CA into /usr/local/share/ca-certificates, run update-ca-certificates, and start again" ;;
    *) explain_log "$1" | grep . || grep -m1 '^\[ERROR\]' "$1" | cut -c1-300 ;;
  esac
}

# new_cluster_id: 16 random bytes in base64url, as Kafka writes its ids, never beginning with '-'.
new_cluster_id() {
  local id
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c1-22)
  echo "${id/#-/A}"
}

kafka_java=(java -Xms96m -Xmx512m -XX:+UseSerialGC -Djava.awt.headless=true
  "-Dlog4j2.configurationFile=$root/ops/kafka/log4j2.properties" -cp "$kafka_jars/*")

# start_kafka: nothing when it runs. Returns when the broker answers.
start_kafka() {
  local port controller_port log=$kafka_dir/log
  alive "$kafka_pid" && return 0
  get_kafka
  mkdir -p "$kafka_dir"
  need_space "$kafka_dir" 50 "the data of Kafka"
  for _ in 1 2 3; do
    port=$(port_of kafka)
    controller_port=$(port_of kafka-controller)
    sed -e "s|@port@|$port|; s|@controller_port@|$controller_port|g; s|@data@|$kafka_dir/data|" \
      -e "s|127.0.0.1:@port@|127.0.0.1:$port|g" "$root/ops/kafka/server.properties" >"$kafka_dir/server.properties"
    if [ ! -e "$kafka_dir/data/meta.properties" ]; then
      "${kafka_java[@]}" kafka.tools.StorageTool format -t "$(new_cluster_id)" -c "$kafka_dir/server.properties" \
        >"$kafka_dir/format.log" 2>&1 || fail_kafka "$kafka_dir/format.log"
    fi
    : >"$log"
    start_process "$kafka_pid" "$log" "${kafka_java[@]}" kafka.Kafka "$kafka_dir/server.properties"
    wait_kafka "$log" && return 0
    grep -q 'Address already in use' "$log" || break
    rm -f "$run_dir/ports/kafka" "$run_dir/ports/kafka-controller"  # somebody was quicker: take others
  done
  fail_kafka "$log"
}

wait_kafka() {
  local deadline=$(( SECONDS + 90 ))
  until grep -q 'Kafka Server started' "$1"; do
    alive "$kafka_pid" && (( SECONDS < deadline )) || return 1
    working kafka "starting on 127.0.0.1:$(remembered_port kafka)"
    sleep 0.1
  done
}

fail_kafka() {
  local cause
  cause=$(explain_log "$1")
  stop_process "$kafka_pid" 5 KILL
  fail_as 69 "Kafka did not start: ${cause:-$(grep -m1 -iE 'error|exception|fatal' "$1" | cut -c1-300)} (whole log: $1)"
}

# stop_kafka <seconds>
stop_kafka() { stop_process "$kafka_pid" "$1"; }

kafka_brokers() { echo "127.0.0.1:$(remembered_port kafka)"; }
