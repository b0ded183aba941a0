import type { OrderedLogOptions } from '../options';

/** Of a log that is never idle: its index stays behind by the rows of some batches until somebody asks. */
export const BUSY: Pick<OrderedLogOptions, 'idle'> = { idle: () => new Promise(() => undefined) };
