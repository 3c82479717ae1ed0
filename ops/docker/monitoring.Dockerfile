# Prometheus and Alertmanager, from Debian, for docker-compose.yml: which of them runs is chosen by the command. From ops/docker:
#   docker build -f monitoring.Dockerfile -t millrace-monitoring:13 .
ARG BASE=debian:trixie-slim
FROM $BASE
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends ca-certificates prometheus prometheus-alertmanager promtool && \
    rm -rf /var/lib/apt/lists/* && \
    groupadd --gid 65532 monitoring && \
    useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin monitoring && \
    install -d -o monitoring -g monitoring -m 700 /var/lib/monitoring
USER 65532:65532
VOLUME /var/lib/monitoring
EXPOSE 9090 9093
CMD ["prometheus", "--help"]
LABEL org.opencontainers.image.title="Prometheus and Alertmanager for Millrace" \
      org.opencontainers.image.description="Debian's Prometheus and Alertmanager" \
      org.opencontainers.image.version="13" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
