# Seawall's image: the compiled program and its production dependencies on Node 24; no shell is needed to run it.
# Build: docker build -t seawall .   Run: docker run --rm -p 8443:8443 -v "$PWD/certs:/etc/seawall/tls:ro" seawall

ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# 1. Compile, with the development dependencies. No package's own scripts run in any stage.
FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
# Declarations are for those who use the library from npm.
RUN npm run build && find dist \( -name '*.d.ts' -o -name '.tsbuildinfo' \) -delete

# 2. The production dependencies alone, and of them what Node can load: two thirds of their bytes are source maps,
# declarations, sources in TypeScript, tests, texts other than licences, bundles for browsers, programs for another runtime.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund --ignore-scripts \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.flow' \
      -o -name '*.bare' -o -name '*.min.js' \
      -o \( -name '*.md' -not -iname '*licen[cs]e*' -not -iname '*notice*' \) \) -delete \
 && find node_modules -type d \( -name .bin -o -name @types -o -name test -o -name tests -o -name docs -o -name examples \) \
      -prune -exec rm -rf {} + \
 && find node_modules -type d -empty -delete

# 3. What runs.
FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Seawall" \
      org.opencontainers.image.description="Keeps network tools off Kubernetes hosts" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --chmod=644 package.json LICENSE NOTICE ./
# A numeric user, so that runAsNonRoot can be checked without reading /etc/passwd. The files are root's: it cannot change them.
USER 65532:65532
# 8443: the webhook over HTTPS. 8080: probes and metrics.
EXPOSE 8443 8080
# A young generation of 16 MB each half: without a bound V8 makes it twice as large under load, and the process with it
# (docs/performance.md).
ENTRYPOINT ["node", "--max-semi-space-size=16", "/app/dist/cli/main.js"]
# The certificate is mounted there: a Secret of type kubernetes.io/tls. A policy is mounted as well, and named with --policy.
CMD ["serve", "--cert-file", "/etc/seawall/tls/tls.crt", "--key-file", "/etc/seawall/tls/tls.key"]
