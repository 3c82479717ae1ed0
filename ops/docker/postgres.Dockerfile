# Postgres with pgvector, from Debian, for docker-compose.yml. Data in /var/lib/postgresql; roles and their passwords are the
# files of $CREDENTIALS_DIRECTORY (postgres_start). From ops/docker:
#   docker build -f postgres.Dockerfile -t millrace-postgres:17 .
ARG BASE=debian:trixie-slim
FROM $BASE
RUN apt-get update -q && \
    mkdir -p /etc/postgresql-common/createcluster.d && \
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/millrace.conf && \
    groupadd --gid 65532 postgres && \
    useradd --uid 65532 --gid 65532 --no-create-home --home-dir /var/lib/postgresql --shell /usr/sbin/nologin postgres && \
    apt-get install -q -y --no-install-recommends postgresql-17 postgresql-17-pgvector && \
    rm -rf /var/lib/apt/lists/* && \
    install -d -o postgres -g postgres -m 700 /var/lib/postgresql && \
    install -d -o postgres -g postgres -m 755 /run/postgresql
COPY postgres_start /usr/local/bin/postgres_start
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin CREDENTIALS_DIRECTORY=/run/secrets/credentials
USER 65532:65532
VOLUME /var/lib/postgresql
EXPOSE 5432
# Postgres ends sessions and leaves nothing to recover at this signal.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 CMD ["pg_isready", "-q", "-h", "127.0.0.1", "-d", "millrace"]
CMD ["postgres_start"]
LABEL org.opencontainers.image.title="Postgres for Millrace" \
      org.opencontainers.image.description="Debian's PostgreSQL 17 with pgvector" \
      org.opencontainers.image.version="17" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
