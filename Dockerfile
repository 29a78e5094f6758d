# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
# The image's own toolchain: rust-toolchain.toml names a channel, which would be fetched anew.
ENV RUSTUP_TOOLCHAIN=1.95.0 SQLX_OFFLINE=true CARGO_TARGET_DIR=/target
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target \
    cargo build --locked --release --bin pantheon && cp /target/release/pantheon /pantheon

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin pantheon \
 && install -d -o pantheon -g pantheon -m 0700 /var/lib/pantheon \
 && install -d -o pantheon -g pantheon /etc/pantheon-nats
COPY --from=build /pantheon /usr/local/bin/pantheon
USER 10001:10001
WORKDIR /var/lib/pantheon
# Nothing is written outside the data directory, so the root file system may be read-only.
ENV PANTHEON_DATA_DIR=/var/lib/pantheon PANTHEON_LISTEN=0.0.0.0:8080 PANTHEON_LOG_FORMAT=json
VOLUME /var/lib/pantheon
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["pantheon"]
CMD ["serve"]
