# The image of all programs: the services in /usr/libexec/millrace, `millrace` in /usr/bin, as the Debian package has them.
# What runs is chosen by the command; needs no shell, no root and no writable disk. From the checkout's root:
#   docker build -f ops/docker/millrace.Dockerfile -t millrace:0.1.0 .
# Steps that change seldom come first: packages, libraries, services, the program of those who run the line.
ARG BASE=debian:trixie-slim

FROM $BASE AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /millrace
ENV root=/millrace run_dir=/tmp
COPY ops/lib/say.sh ops/lib/packages.sh ops/lib/build.sh ops/lib/
RUN . ops/lib/say.sh; . ops/lib/packages.sh; debian=13; \
    apt-get update -q; \
    wanted_packages | awk '$2 == "building" || $2 == "libraries" { print $1 }' | \
      xargs apt-get install -q -y --no-install-recommends; \
    rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY schemas schemas
COPY topics topics
COPY libs libs
RUN . ops/lib/say.sh; . ops/lib/build.sh; build release 2000
COPY services services
RUN . ops/lib/say.sh; . ops/lib/build.sh; configure release; build release 2000
COPY CHANGELOG.md ./
COPY ops/line ops/line
COPY ops/console ops/console
COPY ops/cli ops/cli
COPY ops/demo ops/demo
COPY ops/package ops/package
ARG REVISION=unknown
RUN . ops/lib/say.sh; . ops/lib/build.sh; \
    services=(services/*/main.cpp ops/console/main.cpp); services=("${services[@]%/main.cpp}"); \
    (cmake --preset release -D MILLRACE_REVISION="$REVISION" >/dev/null); \
    build release 1000 millrace "${services[@]##*/}"; \
    install -D -s -t /image/usr/bin build/release/ops/cli/millrace; \
    for service in "${services[@]}"; do \
      install -D -s -t /image/usr/libexec/millrace "build/release/$service/${service##*/}"; \
    done

FROM $BASE
RUN apt-get update -q && \
    apt-get install -q -y --no-install-recommends ca-certificates libboost-url1.83.0 libdate-tz3 libfmt10 libicu76 \
      libmimalloc3 libphonenumber8 libpqxx-7.10 libprometheus-cpp-core1.0 librdkafka1 libre2-11 libssl3t64 libvectorscan5 && \
    rm -rf /var/lib/apt/lists/* && \
    groupadd --gid 65532 millrace && \
    useradd --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin millrace && \
    install -d -o millrace -g millrace -m 700 /var/lib/millrace /var/lib/millrace/spool
COPY --from=build /image /
USER 65532:65532
ENV MILLRACE_ADMIN_ADDRESS=0.0.0.0 MILLRACE_ADMIN_PORT=8081 \
    MILLRACE_HTTP_ADDRESS=0.0.0.0 MILLRACE_HTTP_PORT=8080 \
    MILLRACE_LOG_FORMAT=json
EXPOSE 8080 8081
# Alive, as orchestrators want it that end what is not; `--ready` asks for more.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 CMD ["/usr/bin/millrace", "health"]
CMD ["/usr/bin/millrace", "--help"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Millrace" \
      org.opencontainers.image.description="Signed webhooks become correct Postgres rows: all services and the program millrace" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/debian:trixie-slim"
