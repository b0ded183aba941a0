import { NonceMemory } from './nonce-memory';

const NOW = 1_790_000_000_000;
const LIMITS = { noncesMax: 1000, clockSkewMsMax: 60_000 };
const nonce = (i: number): string => i.toString(16).padStart(32, '0');

describe('the memory of nonces', () => {
  it('knows each one once, also with another time', () => {
    const memory = new NonceMemory(LIMITS, NOW);
    expect(memory.note(nonce(1), NOW, NOW)).toBe(true);
    expect(memory.note(nonce(1), NOW, NOW + 1)).toBe(false);
    expect(memory.note(nonce(2), NOW, NOW + 1)).toBe(true);
  });

  it('refuses what was signed before it began, which may have come before a restart', () => {
    const memory = new NonceMemory(LIMITS, NOW);
    expect(memory.note(nonce(1), NOW - 1, NOW)).toBe(false);
    expect(memory.note(nonce(1), NOW, NOW)).toBe(true);
  });

  it('remembers for as long as a time may be shown', () => {
    const memory = new NonceMemory(LIMITS, NOW);
    const time = NOW + LIMITS.clockSkewMsMax;
    expect(memory.note(nonce(1), time, NOW)).toBe(true);
    for (let passed = 1000; passed <= 2 * LIMITS.clockSkewMsMax; passed += 1000) {
      memory.note(nonce(passed), NOW + passed, NOW + passed);
      expect(memory.note(nonce(1), time, NOW + passed)).toBe(false);
    }
  });

  it('holds no more than its limit, and refuses by their time those that it forgot', () => {
    const memory = new NonceMemory({ ...LIMITS, noncesMax: 100 }, NOW);
    const sent = Array.from({ length: 1000 }, (_none, i) => ({ nonce: nonce(i), time: NOW + i * 20 }));
    for (const each of sent) expect(memory.note(each.nonce, each.time, each.time)).toBe(true);
    expect(memory.held).toBeLessThanOrEqual(100);
    expect(memory.since).toBeGreaterThan(NOW + 15_000);
    const last = sent.at(-1)!.time;
    for (const each of sent) expect(memory.note(each.nonce, each.time, last)).toBe(false);
  });

  it('forgets what is too old to be accepted', () => {
    const memory = new NonceMemory(LIMITS, NOW);
    for (let i = 0; i < 500; i += 1) memory.note(nonce(i), NOW + i * 1000, NOW + i * 1000);
    expect(memory.held).toBeLessThan(70);
    expect(memory.since).toBe(NOW);
  });

  it('begins anew where a clock was set back to', () => {
    const memory = new NonceMemory(LIMITS, NOW);
    memory.note(nonce(1), NOW, NOW);
    const back = NOW - 3_600_000;
    expect(memory.note(nonce(2), back - 1, back)).toBe(false);
    expect(memory.note(nonce(3), back, back)).toBe(true);
    expect(memory.note(nonce(3), back, back)).toBe(false);
  });
});
