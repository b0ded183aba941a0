/** What is told to operators; a pino logger fits. Lines are written on a change of state, never per try. */
export interface ClusterLogger {
  debug(fields: object, line: string): void;
  info(fields: object, line: string): void;
  warn(fields: object, line: string): void;
  error(fields: object, line: string): void;
}
