/** Every limit of a log. Bytes are those of frames. */
export interface LogLimits {
  /** One entry with its headers and body. */
  readonly entryBytesMax: number;
  /** Client entries taken and not yet answered; more is refused as `OVERLOADED`. */
  readonly queueBytesMax: number;
  readonly queueEntriesMax: number;
  /** What one synced batch gathers; a single larger entry or page goes alone. */
  readonly batchBytesMax: number;
  readonly batchEntriesMax: number;
  /**
   * How much of the end of the log is proved at open after an unclean stop. More than LevelDB's two write
   * buffers (2 × 4 MiB) and the file that was being written can hold: older parts lie in synced tables.
   */
  readonly openCheckBytesMax: number;
  /** One page of `records` or `pending`, unless the caller says otherwise, and of internal scans. */
  readonly pageBytesMax: number;
  readonly pageEntriesMax: number;
  /** Different entries that `find` names under one prefix: anybody can forge a crc32c. */
  readonly findEntriesMax: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: LogLimits = {
  entryBytesMax: 32 * MIB,
  queueBytesMax: 128 * MIB,
  queueEntriesMax: 16_384,
  batchBytesMax: 4 * MIB,
  batchEntriesMax: 1024,
  openCheckBytesMax: 64 * MIB,
  pageBytesMax: MIB,
  pageEntriesMax: 1024,
  findEntriesMax: 100,
};

/**
 * Records, or arrivals, after which a log notes again what it could not tell without: rows that change with each
 * batch would make LevelDB merge all that it could else leave as it is.
 */
export const NOTED_EVERY = 65_536;

/** Segments of keys so much older (s) than the newest one are stored: few of them change any more. */
export const SEGMENT_SETTLE_SECONDS = 60;
/** Segments that the rows of one batch store at most, each of 18 to 37 KiB. */
export const SEGMENTS_STORED_MAX = 4;
/** Keys that come or go for each segment that is stored: one that changes again and again is not written each time. */
export const KEYS_PER_STORED_SEGMENT = 256;

/** Seconds within which equal bodies without event ids are one event. */
export const DEDUP_WINDOW_SECONDS = 60;
