# One image for both processes: the api is the default command, the worker another one (see docker-compose.yml).

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json angular.json tsconfig.base.json ./
COPY server server
COPY admin-ui admin-ui
# The scripts themselves, not `npm run build`: its hook, which installs on a developer's machine, has nothing to do here.
RUN npm run build:server && npm run build:console && npm prune --omit=dev

FROM node:24-slim
# Each process has a container of its own, so both can have the same port.
ENV NODE_ENV=production PORT=3000 WORKER_PORT=3000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/api/health/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "--no-parallel-scavenge", "--max-semi-space-size=16", "--heap-growing-percent=100", "dist/server/main.js"]
