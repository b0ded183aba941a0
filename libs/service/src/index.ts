export { requireToken, serviceToken } from './auth/token';
export { type BodyLimits, BodyReader } from './http/body-reader';
export { methodNotAllowed, unknownRoute } from './http/routes';
export { createServer, listen, SERVER_LIMITS, type ServerLimits, urlOf } from './http/server';
export { type ProblemCode, type ProblemKind, PROBLEMS } from './problem/codes';
export { problemHandler } from './problem/problem-handler';
export { RequestError, type RequestErrorCode } from './problem/request-error';
export { createLogger, type LoggerOptions } from './process/logger';
export { closeServer, exitOnCrash, type RunOptions, runUntilSignal } from './process/run';
export { exitOnFailedStart, startFailure } from './process/start-failure';
export { Stop } from './process/stop';
export { healthRoutes, type HealthRoutesOptions } from './routes/health-routes';
export { logRoutes } from './routes/log-routes';
export { messageRoutes } from './routes/message-routes';
export { messageWriteRoutes, type MessageWriteRoutesOptions } from './routes/message-write-routes';
export { integerIn } from './routes/query';
export { webhookRoutes, type WebhookRoutesOptions } from './routes/webhook-routes';
export { type Replicated, type WriteConcerns } from './routes/write-concern';
export { settingsMarkdown } from './settings/markdown';
export { isLoopback, nodeSettings, refuseOpenNode, serverLimitsOf } from './settings/node-settings';
export {
  parseSettings,
  type Setting,
  SettingsError,
  type SettingsOf,
  type SettingsTable,
} from './settings/settings';
export { DiskGuard, type DiskGuardOptions } from './store/disk-guard';
export { logStoreHealth } from './store/store-health';
export { openStore, type Store, StoreError } from './store/open-store';
