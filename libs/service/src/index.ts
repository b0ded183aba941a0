export { requireToken, serviceToken } from './auth/token';
export { answerDelay } from './http/answer-delay';
export { browserHeaders } from './http/browser-headers';
export { type BodyLimits, BodyReader } from './http/body-reader';
export { frontDoor, type FrontDoorOptions } from './http/front-door';
export { Overload, OVERLOAD_LIMITS, type OverloadLimits } from './http/overload';
export { operatorLines } from './http/operator-lines';
export { methodNotAllowed, unknownRoute } from './http/routes';
export { createServer, listen, SERVER_LIMITS, type ServerLimits, urlOf } from './http/server';
export { readAuthorities, readPair, readServerTls, type ServerTls } from './http/tls';
export { ItemLog, type ItemLogOptions, type TakenItem } from './items/item-log';
export { itemRoutes } from './items/item-routes';
export { type Counted, Counts } from './measures/counts';
export { Histogram } from './measures/histogram';
export { Measures } from './measures/measures';
export { PHASES } from './measures/phases';
export { type ProblemCode, type ProblemKind, PROBLEMS } from './problem/codes';
export { problemHandler, type Refuse, refusing } from './problem/problem-handler';
export { RequestError, type RequestErrorCode } from './problem/request-error';
export { createLogger } from './process/logger';
export { Secrets } from './process/redaction';
export { type OpenedNode, openNode, startOrClose } from './process/open-node';
export { Readiness, REFUSING, type Trouble } from './process/readiness';
export { closeServer } from './process/run';
export { type NodeParts, type NodeProgram, runNode } from './process/run-node';
export { Stop } from './process/stop';
export { healthRoutes, type HealthRoutesOptions } from './routes/health-routes';
export { logRoutes } from './routes/log-routes';
export { messageRoutes } from './routes/message-routes';
export { messageWriteRoutes, type MessageWriteRoutesOptions } from './routes/message-write-routes';
export { integerIn } from './routes/query';
export { printSeconds } from './routes/seed-time';
export { takeWebhook, type TakeWebhook, type TakeWebhookOptions } from './routes/take-webhook';
export { takeWebhooks } from './routes/take-webhooks';
export { webhookRoutes, type WebhookRoutesOptions } from './routes/webhook-routes';
export { type Replicated, type WriteConcerns } from './routes/write-concern';
export { settingsMarkdown } from './settings/markdown';
export { isLoopback, nodeSettings, schemeOf, serverLimitsOf } from './settings/node-settings';
export { retryLimitsOf } from './settings/retry-settings';
export {
  parseSettings,
  type Range,
  type Setting,
  SettingsError,
  type SettingsOf,
  type SettingsTable,
} from './settings/settings';
export { openSources, type OpenedSources } from './sources/open-sources';
export { refuseUnnamed, SourceDoor } from './sources/source-door';
export { sourceRoutes } from './sources/source-routes';
export { SourcesFile, type SourcesFileOptions } from './sources/sources-file';
export { SourcesError } from './sources/sources-error';
export { DiskGuard } from './store/disk-guard';
export { openStore, type Store } from './store/open-store';
export { RollbackFiles, type RollbackFilesOptions } from './store/rollback-files';
