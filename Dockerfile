# One image for all nodes of a cluster. `docker build -t hooklog .`, and compose.yaml for a master and two slaves.

FROM node:20-slim AS build
WORKDIR /src
ENV NX_DAEMON=false NX_TUI=false
COPY . .
RUN npm ci
RUN npx nx run-many -t build -p master,slave

# what runs needs two native modules, and nothing that builds or tests
FROM node:20-slim AS modules
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:20-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
COPY --from=modules /src/node_modules node_modules
COPY --from=build /src/dist/apps dist/apps
COPY deploy/healthcheck.mjs deploy/healthcheck.mjs
# a volume that is made here belongs to whom the folder belongs to
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node"]
CMD ["dist/apps/master/main.js"]
