# Debian, as the tests run on. Alpine's image is smaller, but has another C library than the one that was tested.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No package that the program needs has to run a script to be installed.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="spacex-task-bridge" \
      org.opencontainers.image.description="A form in Slack becomes exactly one card on a Trello board." \
      org.opencontainers.image.licenses="MIT"
# Nothing is installed in a running container, so nobody who gets in has a package manager either.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
ENV NODE_ENV=production STORE_URL=sqlite:/data/bridge.db
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
# The only place that the program writes to: the root file system may be read-only. All else belongs to root.
RUN mkdir -m 0700 /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`, { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell or npm in between, so that a SIGTERM reaches the program itself.
CMD ["node", "src/main.ts"]
