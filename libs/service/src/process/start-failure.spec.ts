import { LogError } from '@hooklog/ordered-log';
import { SettingsError } from '../settings/settings';
import { StoreError } from '../store/open-store';
import { startFailure } from './start-failure';

const system = (code: string): Error =>
  Object.assign(new Error(code), { code, port: 80, address: '127.0.0.1' });

describe('startFailure', () => {
  it.each([
    [new SettingsError('PORT', 'is a fraction'), 'PORT is a fraction'],
    [new StoreError('LOCKED', 'DATA_DIR x is open', undefined), 'DATA_DIR x is open'],
    [system('EADDRINUSE'), 'PORT 80 of 127.0.0.1 is taken: stop what listens there, or set another PORT'],
    [system('EACCES'), 'PORT 80 may not be opened by this user: set one above 1023'],
    [system('ENOTFOUND'), 'HOST is no address of this machine'],
  ])('tells what to do: %#', (error, line) => {
    expect(startFailure(error)).toBe(line);
  });

  it('says where a store is damaged, and what to do', () => {
    const line = startFailure(
      new LogError('DAMAGED', 'the chain\nbreaks', { position: { sequence: 7, n: 2 } }),
    );
    expect(line).toMatch(
      /^the store in DATA_DIR has DAMAGED \(sequence 7, record 2\): the chain breaks; keep a copy/,
    );
  });

  it('leaves bugs to their stack', () => {
    expect(startFailure(new TypeError('x is undefined'))).toBeUndefined();
  });
});
