import { COPIES } from './copies';
import { DISKS } from './disks';
import { FENCING } from './fencing';
import { FOLLOWING } from './following';
import { HISTORIES } from './histories';
import { MEMBERS } from './members';
import type { Scenario } from './scenario';

export const SCENARIOS: readonly Scenario[] = [
  ...FENCING,
  ...HISTORIES,
  ...FOLLOWING,
  ...COPIES,
  ...MEMBERS,
  ...DISKS,
];

/** @throws Error when none is called so */
export function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  throw new Error(`no scenario "${name}"; there are: ${SCENARIOS.map((one) => one.name).join(', ')}`);
}
