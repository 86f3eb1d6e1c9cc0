# A workspace in a container; see docs/guide/admin/install.md.
FROM node:24-bookworm-slim AS build
WORKDIR /opt/causeway
COPY . .
RUN npm install --no-audit --no-fund \
 && npm run prestart \
 && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
RUN useradd --system --uid 990 --home-dir /var/lib/causeway --shell /usr/sbin/nologin causeway \
 && install -d -m 0700 -o causeway -g causeway /var/lib/causeway
COPY --from=build /opt/causeway /opt/causeway
RUN ln -s /opt/causeway/packages/server/bin/causeway.js /usr/local/bin/causeway
ENV CAUSEWAY_DATA_DIR=/var/lib/causeway \
    CAUSEWAY_BIND=0.0.0.0
USER 990
WORKDIR /var/lib/causeway
VOLUME /var/lib/causeway
EXPOSE 8008 8448
HEALTHCHECK --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:8008/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# As process 1 it gets SIGTERM itself, and ends in order.
ENTRYPOINT ["causeway"]
CMD ["serve"]
