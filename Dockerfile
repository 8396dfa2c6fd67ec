# Dependencies from the lock first, so that a change of ours does not install them again; then the wheel.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY requirements-uv.lock requirements.lock requirements-build.lock ./
RUN python -m venv /opt/bot \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.lock -r requirements-build.lock \
 && VIRTUAL_ENV=/opt/bot /opt/build/bin/uv pip install --no-cache --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY bot bot
COPY handlers handlers
COPY connectors connectors
COPY messages messages
RUN /opt/build/bin/python -m hatchling build -t wheel -d /src/dist \
 && VIRTUAL_ENV=/opt/bot /opt/build/bin/uv pip install --no-cache --no-deps /src/dist/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bot \
 && mkdir /data && chown bot /data
COPY --from=build /opt/bot /opt/bot
ENV PATH=/opt/bot/bin:$PATH PYTHONUNBUFFERED=1 SOC_BOT_HOST=0.0.0.0 SOC_BOT_PORT=8080 SOC_BOT_DATA=/data
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["soc-bot"]
CMD ["serve"]
