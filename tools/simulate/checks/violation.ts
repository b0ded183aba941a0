/** The invariants of the design that a simulation looks after. */
export type Invariant =
  | 'SEQ-DENSE'
  | 'SEQ-ONCE'
  | 'PREFIX-AGREE'
  | 'ACK-SURVIVES'
  | 'FAIL-ABSENT'
  | 'NO-FABRICATION'
  | 'DEDUP-ONCE'
  | 'RETRY-SAME'
  | 'COMMIT-MONOTONE'
  | 'GAP-INVISIBLE'
  | 'DURABLE-ACK'
  | 'PROMISE-DURABLE'
  | 'EPOCH-FENCED'
  | 'REALTIME'
  | 'BOUNDED'
  | 'CONVERGE'
  | 'COLLECT-RESUME'
  | 'OPEN-OR-REFUSE'
  | 'NO-CRASH';

export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly invariant: Invariant,
    readonly what: string,
  ) {
    super(`${invariant}: ${what}`);
  }
}

/** @throws Violation */
export function hold(condition: boolean, invariant: Invariant, what: () => string): asserts condition {
  if (!condition) throw new Violation(invariant, what());
}
