import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { comparePositions, type OrderedLog, ROLLBACK, type Tail } from '@hooklog/ordered-log';
import type { Logger } from 'pino';
import { syncFolder } from './open-store';

export interface RollbackFilesOptions {
  readonly log: OrderedLog;
  /** DATA_DIR, which is there: the files are in its folder `rollback` */
  readonly dataDir: string;
  /** ms since the epoch */
  readonly now: () => number;
  readonly logger: Logger;
  /** ends the watch */
  readonly stop: AbortSignal;
}

/**
 * Tells people what was cut from the end of the log, as a master had another one, or as it was damaged: each `rollback/…` row of the
 * log becomes a file of JSON lines, one for each record, `pendingAs` naming where its entry waits now. The row is
 * deleted when its file is durable.
 */
export class RollbackFiles {
  private ended: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: RollbackFilesOptions,
    private readonly folder: string,
  ) {}

  /** Resolves when all that was cut before has its files; from then on each cut gets its own. */
  static async start(options: RollbackFilesOptions): Promise<RollbackFiles> {
    const files = new RollbackFiles(options, join(options.dataDir, 'rollback'));
    const { tail } = options.log;
    await files.export();
    files.ended = files.watch(tail);
    return files;
  }

  /** Resolves when nothing of it uses the log any longer. */
  stopped(): Promise<void> {
    return this.ended;
  }

  /** A cut moves the end back, and what comes then is of a later epoch: one of both is seen. */
  private async watch(before: Tail): Promise<void> {
    const { log, stop } = this.options;
    let seen = before;
    for (let isOpen = true; isOpen && !stop.aborted;) {
      // asked for before the look: a cut in between must not be slept through
      const changed = log.changed(stop).then(
        () => true,
        () => false, // the log was closed
      );
      const { tail } = log;
      const isOther = tail.epoch !== seen.epoch || comparePositions(tail.position, seen.position) < 0;
      seen = tail;
      if (isOther) await this.export();
      isOpen = await changed;
    }
  }

  private async export(): Promise<void> {
    const { log, logger, stop } = this.options;
    try {
      for (const name of await log.metaNames(ROLLBACK)) {
        const lines = await log.readMeta(name);
        if (lines === undefined) continue;
        await this.write(name.slice(ROLLBACK.length), lines);
        await log.deleteMeta(name);
      }
    } catch (err) {
      if (stop.aborted) return;
      const line =
        'what was cut could not be written down: it is tried again after the next cut and at the next start';
      logger.error({ err, folder: this.folder }, line);
    }
  }

  private async write(cut: string, lines: Buffer): Promise<void> {
    await this.makeFolder();
    // only the deletion of the row may have failed
    if (await this.hasFile(cut, lines)) return;
    const draft = join(this.folder, `${cut}.draft`);
    const file = join(this.folder, `${cut}-${printTime(this.options.now())}.ndjson`);
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
    await syncFolder(this.folder);
    this.options.logger.warn(
      { file, ...countsOf(lines) },
      'the end of this log was cut, as another master has a different one, or as it was damaged: the entries named there are pending again, and come back under other sequences',
    );
  }

  private async hasFile(cut: string, lines: Buffer): Promise<boolean> {
    for (const name of await readdir(this.folder)) {
      const isOfCut = name.startsWith(`${cut}-`) && name.endsWith('.ndjson');
      if (isOfCut && lines.equals(await readFile(join(this.folder, name)))) return true;
    }
    return false;
  }

  private async makeFolder(): Promise<void> {
    const made = await mkdir(this.folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(this.options.dataDir);
  }
}

/** ISO 8601 without separators: a colon is no character for a file's name everywhere. */
function printTime(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]/g, '');
}

/** What a line says of one record. `lost`: of its entry nothing is left here. */
interface Line {
  readonly pendingAs?: object | null;
  readonly lost?: boolean;
}

function countsOf(text: Buffer): Readonly<Record<'records' | 'entries' | 'lost', number>> {
  const lines = text.toString().split('\n').filter(Boolean);
  const records = lines.map((line) => JSON.parse(line) as Line);
  const entries = records.filter(({ pendingAs }) => pendingAs);
  return {
    records: records.length,
    entries: entries.length,
    lost: records.filter(({ lost }) => lost).length,
  };
}
