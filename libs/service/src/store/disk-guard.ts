import { statfs } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { RequestError } from '../problem/request-error';

const MIB = 1024 * 1024;
/** The disk is asked at most this often. */
const FRESH_MS = 1_000;
/**
 * Room that LevelDB needs to open. A failed store still reads until somebody writes and thereby makes
 * it open anew: without this room that would end the reads too. Holds also where the guard is off.
 */
const REOPEN_MIB = 16;

export interface DiskGuardOptions {
  readonly folder: string;
  /** 0: the guard is off */
  readonly freeMinMib: number;
  /** whether the store has failed, and the next write will open it anew */
  readonly storeFailed: () => boolean;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Refuses new entries while the disk still has room for what was taken: it ends before LevelDB is hit by ENOSPC. */
export class DiskGuard {
  #askedAt = -Infinity;
  #full = false;
  #asking: Promise<void> | undefined;

  constructor(private readonly options: DiskGuardOptions) {}

  /** As of the last look. */
  get full(): boolean {
    return this.#full;
  }

  /** What of the disk is left for this process, in bytes: asked now. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.options.folder);
    return bavail * bsize;
  }

  /** Less than this, in bytes, and it is full. */
  get floorBytes(): number {
    return this.#floorMib * MIB;
  }

  /** @throws RequestError DISK_FULL */
  async admit(): Promise<void> {
    if (!this.isFresh) await (this.#asking ??= this.#ask());
    this.refuseFull();
  }

  /** Whether the disk was asked so lately that `refuseFull` is all of `admit`. */
  get isFresh(): boolean {
    return this.#floorMib === 0 || Math.abs(this.options.now() - this.#askedAt) < FRESH_MS;
  }

  /** @throws RequestError DISK_FULL, as of the last look */
  refuseFull(): void {
    if (this.#floorMib === 0) this.#note(Infinity);
    if (!this.#full) return;
    const detail = `The disk of this node has less than ${this.#floorMib} MiB left. Nothing was stored.`;
    throw new RequestError('DISK_FULL', detail);
  }

  /** In front of routes that write. */
  readonly handler: RequestHandler = async (_req, _res, next) => {
    await this.admit();
    next();
  };

  get #floorMib(): number {
    const { freeMinMib, storeFailed } = this.options;
    return Math.max(freeMinMib, storeFailed() ? REOPEN_MIB : 0);
  }

  async #ask(): Promise<void> {
    try {
      this.#note((await this.freeBytes()) / MIB);
      this.#askedAt = this.options.now();
    } finally {
      this.#asking = undefined;
    }
  }

  #note(freeMib: number): void {
    const { folder, logger } = this.options;
    const floorMib = this.#floorMib;
    const full = freeMib < floorMib;
    if (full === this.#full) return;
    this.#full = full;
    const about = { folder, freeMib: Math.floor(freeMib), floorMib };
    if (full) logger.error(about, 'disk full: webhooks are refused until there is room');
    else logger.info(about, 'disk has room again: webhooks are taken');
  }
}
