import { LogError } from '@hooklog/ordered-log';
import { SyncError } from '@hooklog/sync-protocol';

/** What is told about a failure of a flow: the stable code and the reason. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof SyncError || error instanceof LogError)
    return { code: error.code, message: error.message };
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
