import type { EntryKey } from '@hooklog/object-id';
import { FingerprintIndex, type OrderedLog } from '@hooklog/ordered-log';

/** A log that knows these keys, whatever its entries are. */
export function withFingerprints(log: OrderedLog, keys: readonly EntryKey[]): OrderedLog {
  const fingerprints = new FingerprintIndex();
  for (const key of keys) fingerprints.insert(key);
  return new Proxy(log, {
    get(target, name) {
      if (name === 'fingerprints') return fingerprints;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
