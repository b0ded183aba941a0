import { type EntryKind, eventNameOf, identify } from '@hooklog/object-id';
import { EventsInFlight, type UnsignedEvent } from './events-in-flight';

function event(id: string, body: string, source = 'github', kind: EntryKind = 'bytes'): UnsignedEvent {
  const { key, digest } = identify(Buffer.from(body), 0, { kind, source, eventId: id, isUnsigned: true });
  return { source, id, kind, digest, key, name: eventNameOf(key) };
}

const NOTHING = { isReused: false, isReplayed: false };

describe('events in flight', () => {
  let inFlight: EventsInFlight;
  beforeEach(() => {
    inFlight = new EventsInFlight();
  });

  it('say of those that come behind them what is the same, and what is not', () => {
    expect(inFlight.enter(event('1', 'a'))).toEqual(NOTHING);
    expect(inFlight.enter(event('1', 'a'))).toEqual(NOTHING);
    expect(inFlight.enter(event('1', 'b'))).toEqual({ isReused: true, isReplayed: false });
    expect(inFlight.enter(event('2', 'a'))).toEqual({ isReused: false, isReplayed: true });
    expect(inFlight.enter(event('2', 'b'))).toEqual({ isReused: true, isReplayed: true });
    expect(inFlight.enter(event('3', 'c'))).toEqual(NOTHING);
  });

  it('are those of one source, and bodies those of one kind', () => {
    inFlight.enter(event('1', 'a'));
    expect(inFlight.enter(event('1', 'b', 'shopify'))).toEqual(NOTHING);
    expect(inFlight.enter(event('2', 'a', 'shopify'))).toEqual(NOTHING);
    expect(inFlight.enter(event('2', 'a', 'github', 'message'))).toEqual(NOTHING);
    expect(inFlight.enter(event('1', 'c', 'github', 'message'))).toEqual({
      isReused: true,
      isReplayed: false,
    });
  });

  it('say nothing any longer when they have left, each by itself', () => {
    const [first, copy, reused] = [event('1', 'a'), event('1', 'a'), event('1', 'b')];
    for (const each of [first, copy, reused]) inFlight.enter(each);
    const seenBy = (other: UnsignedEvent): unknown => {
      const sighting = inFlight.enter(other);
      inFlight.leave(other);
      return sighting;
    };
    inFlight.leave(reused);
    expect(seenBy(event('1', 'a'))).toEqual(NOTHING);
    expect(seenBy(event('1', 'c'))).toEqual({ isReused: true, isReplayed: false });
    inFlight.leave(first);
    expect(seenBy(event('2', 'a'))).toEqual({ isReused: false, isReplayed: true });
    inFlight.leave(copy);
    expect(seenBy(event('2', 'a'))).toEqual(NOTHING);
    expect(seenBy(event('1', 'c'))).toEqual(NOTHING);
  });

  it('are told apart where they share their first bytes', () => {
    const like = (one: Buffer, last: number): Buffer => Buffer.concat([one.subarray(0, 8), Buffer.of(last)]);
    const { name, digest, ...rest } = event('1', 'a');
    const [first, other] = [1, 2].map((last) => ({
      ...rest,
      id: `${last}`,
      name: like(name, last),
      digest: like(digest, last) as typeof digest,
    }));
    inFlight.enter(first!);
    expect(inFlight.enter(other!)).toEqual(NOTHING);
  });
});
