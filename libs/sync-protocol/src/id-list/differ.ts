import { type EntryKey, secondsOf } from '@hooklog/object-id';
import { type ListedId, namesOf } from './listed-id';

export interface DifferOptions {
  /** the same name within this time is the same event, seconds */
  readonly windowSeconds: number;
  /** ids of the list kept at once; beyond it the oldest are forgotten, and what they matched is sent once more */
  readonly windowIdsMax: number;
}

/**
 * The own keys that a list lacks, in order. Both sides are sorted by time and read only as far as needed:
 * a key is judged as soon as the list has passed its time by the window. Reads the list to its end, so that it is
 * checked whole. Closes both when it is left early.
 */
export async function* missingIn<T extends { readonly key: EntryKey }>(
  own: AsyncIterable<T>,
  listed: AsyncIterable<ListedId>,
  { windowSeconds, windowIdsMax }: DifferOptions,
): AsyncGenerator<T, void, undefined> {
  const window = new IdWindow(windowIdsMax);
  const list = listed[Symbol.asyncIterator]();
  try {
    let ahead = await list.next();
    for await (const candidate of own) {
      const seconds = secondsOf(candidate.key);
      for (; !ahead.done && ahead.value.seconds <= seconds + windowSeconds; ahead = await list.next()) {
        if (ahead.value.seconds >= seconds - windowSeconds) window.add(ahead.value);
      }
      window.forgetBefore(seconds - windowSeconds);
      if (!window.has(candidate.key)) yield candidate;
    }
    while (!ahead.done) ahead = await list.next();
  } finally {
    await list.return?.();
  }
}

/** The ids of the list around one time, by name. */
class IdWindow {
  private ids: ListedId[] = [];
  private first = 0;
  private readonly counts = new Map<number | string, number>();

  constructor(private readonly idsMax: number) {}

  add(id: ListedId): void {
    if (this.ids.length - this.first >= this.idsMax) this.forgetFirst();
    this.ids.push(id);
    this.counts.set(id.name, (this.counts.get(id.name) ?? 0) + 1);
  }

  has(key: EntryKey): boolean {
    return namesOf(key).some((name) => this.counts.has(name));
  }

  forgetBefore(seconds: number): void {
    while (this.first < this.ids.length && (this.ids[this.first] as ListedId).seconds < seconds)
      this.forgetFirst();
  }

  private forgetFirst(): void {
    const { name } = this.ids[this.first] as ListedId;
    const count = this.counts.get(name) as number;
    if (count === 1) this.counts.delete(name);
    else this.counts.set(name, count - 1);
    this.first += 1;
    if (this.first > this.ids.length / 2) this.compact();
  }

  private compact(): void {
    this.ids = this.ids.slice(this.first);
    this.first = 0;
  }
}
