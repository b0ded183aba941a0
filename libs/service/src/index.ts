export { requireToken, serviceToken } from './auth/token';
export { type BodyLimits, BodyReader } from './http/body-reader';
export { methodNotAllowed, unknownRoute } from './http/routes';
export { createServer, listen, type ServerLimits } from './http/server';
export { type ProblemCode, type ProblemKind, PROBLEMS } from './problem/codes';
export { problemHandler } from './problem/problem-handler';
export { RequestError, type RequestErrorCode } from './problem/request-error';
export { createLogger } from './process/logger';
export { type OpenedNode, openNode, startOrClose } from './process/open-node';
export { closeServer } from './process/run';
export { type NodeParts, type NodeProgram, runNode } from './process/run-node';
export { Stop } from './process/stop';
export { healthRoutes, type HealthRoutesOptions } from './routes/health-routes';
export { logRoutes } from './routes/log-routes';
export { messageRoutes } from './routes/message-routes';
export { messageWriteRoutes, type MessageWriteRoutesOptions } from './routes/message-write-routes';
export { integerIn } from './routes/query';
export { webhookRoutes, type WebhookRoutesOptions } from './routes/webhook-routes';
export { type Replicated, type WriteConcerns } from './routes/write-concern';
export { settingsMarkdown } from './settings/markdown';
export { isLoopback, nodeSettings, serverLimitsOf } from './settings/node-settings';
export {
  parseSettings,
  type Setting,
  SettingsError,
  type SettingsOf,
  type SettingsTable,
} from './settings/settings';
export { DiskGuard } from './store/disk-guard';
export type { Store } from './store/open-store';
