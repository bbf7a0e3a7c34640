# The server. Build and start it: docker compose up -d   (docs/howto/run-in-containers.md)

FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE LICENSE.unicode /src/
COPY chatproto /src/chatproto
COPY twisted /src/twisted
# The second line makes the list of plugins, which whoever runs the server may not write.
RUN python -m venv /chat && /chat/bin/pip install --no-cache-dir '/src[tls,web]' \
 && /chat/bin/twistd --help > /dev/null

FROM python:3.13-slim
RUN useradd --uid 5005 --home-dir /data --shell /usr/sbin/nologin chat \
 && install -d -o chat -g chat -m 700 /data
COPY --from=build /chat /chat
# Unbuffered, so that the log is there when it happens. What is kept is in /data/chatproto, the operator's console too.
ENV PATH=/chat/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 XDG_STATE_HOME=/data \
    CHAT_WEB=8080
USER 5005
WORKDIR /data
VOLUME /data
EXPOSE 5005 8080
# A person would be greeted. It needs no curl, which is not here.
HEALTHCHECK --interval=1m --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import socket; assert socket.create_connection(('127.0.0.1', 5005), 4).recv(1)"]
# No shell in between: SIGTERM reaches the server, which tells everybody, writes what is to be written, and ends.
ENTRYPOINT ["twistd", "-n", "--pidfile=", "chat"]
