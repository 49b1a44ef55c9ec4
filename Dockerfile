# The image of the API and of its commands. It holds Node, the production dependencies and nothing that is secret:
#   docker build -t payments-api .
#   docker run --rm --entrypoint payments payments-api --help
# BASE_IMAGE is any image of glibc Linux with Node 24 or later, npm, and an account "node".
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /build
ENV CI=true NPM_CONFIG_UPDATE_NOTIFIER=false
# The packages depend on these files alone, so that a change of the source does not fetch them again.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml .pnpmfile.cjs ./
RUN npm install --global "$(node --print 'require("./package.json").packageManager')" && pnpm fetch
COPY . .
RUN pnpm install --offline --frozen-lockfile \
    && pnpm run build \
    && pnpm --filter @payments/api --prod --no-optional --config.inject-workspace-packages=true deploy /app
# The reference page is one file of this package. The rest, mostly source maps, weighs as much as the whole service.
RUN find /app/node_modules/.pnpm/@scalar*/node_modules/@scalar/api-reference/dist -type f \
    ! -path '*/dist/index.js' ! -path '*/browser/standalone.js' -delete

FROM ${BASE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
# Owned by root: the service cannot change its own code.
COPY --from=build /app ./
RUN chmod +x dist/cli/main.js && ln -s /app/dist/cli/main.js /usr/local/bin/payments
USER node
EXPOSE 3000
# Not /readyz: to replace a process because its database is away mends nothing. A load balancer asks /readyz.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "--eval", \
  "fetch(`http://127.0.0.1:${process.env.PORT}${process.env.API_BASE_PATH ?? ''}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and handles SIGTERM: no shell and no npm stand between.
ENTRYPOINT ["node"]
CMD ["dist/main.js"]
