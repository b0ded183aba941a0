import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { Secrets } from './redaction';

export interface LoggerOptions {
  readonly level: string;
  /** `hooklog-master`, `hooklog-slave` */
  readonly name: string;
  /** never printed, wherever they are in a line */
  readonly secrets?: Secrets;
}

/** Fields that may hold a token, wherever a line has them. */
const SECRET_FIELDS = [
  'authorization',
  'Authorization',
  '["x-token"]',
  'cookie',
  'API_KEY',
  'CLUSTER_SECRET',
];
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];

/** Structured lines on stdout, written at once: the last one before an exit is never lost. */
export function createLogger(
  { level, name, secrets = new Secrets() }: LoggerOptions,
  to?: DestinationStream,
): Logger {
  const paths = DEPTHS.flatMap((depth) => SECRET_FIELDS.map((field) => pathOf(depth, field)));
  const options = {
    level,
    name,
    redact: { paths, censor: '[secret]' },
    serializers: { err: describe, error: describe },
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: secrets.redact },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  return pino(options, to ?? destination({ fd: 1, sync: true }));
}

function pathOf(depth: string, field: string): string {
  return field.startsWith('[') ? `${depth.replace(/\.$/, '')}${field}` : `${depth}${field}`;
}

/** Only what a reader needs: a failed client call carries its whole request, token and all. */
function describe(error: unknown): object | string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  return { name, code, message, stack, cause: cause instanceof Error ? describe(cause) : undefined };
}
