# Apache Kafka, one node (KRaft), for docker-compose.yml: the jars of ops/kafka/pom.xml, Java from Debian. Data in
# /var/lib/kafka; other containers reach it as kafka:9092. From ops:
#   docker build -f docker/kafka.Dockerfile -t millrace-kafka:4.1.1 .
ARG BASE=debian:trixie-slim

FROM $BASE AS jars
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends ca-certificates maven openjdk-21-jre-headless
COPY kafka/pom.xml /kafka/pom.xml
RUN mvn -B -ntp -f /kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/jars

FROM $BASE
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends kcat openjdk-21-jre-headless && \
    rm -rf /var/lib/apt/lists/* && \
    groupadd --gid 65532 kafka && \
    useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin kafka && \
    install -d -o kafka -g kafka -m 700 /var/lib/kafka
# Where ops/lib/kafka.sh looks for them.
COPY --from=jars /jars /opt/kafka/build/kafka
COPY kafka/log4j2.properties kafka/server.properties /opt/kafka/ops/kafka/
COPY lib/kafka.sh /opt/kafka/ops/lib/kafka.sh
COPY docker/kafka_start /usr/local/bin/kafka_start
USER 65532:65532
VOLUME /var/lib/kafka
EXPOSE 9092
HEALTHCHECK --interval=5s --timeout=10s --start-period=90s --retries=6 CMD ["kcat", "-L", "-m", "5", "-b", "127.0.0.1:9092"]
CMD ["kafka_start"]
ARG VERSION=4.1.1
LABEL org.opencontainers.image.title="Kafka for Millrace" \
      org.opencontainers.image.description="Apache Kafka, a single node" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
