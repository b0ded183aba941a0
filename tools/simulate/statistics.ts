/** What happened in one simulation, or in many. */
export interface Statistics {
  seeds: number;
  virtualMs: number;
  turns: number;
  crashes: number;
  partitions: number;
  promotions: number;
  wipes: number;
  events: number;
  acknowledged: number;
}

export function noStatistics(): Statistics {
  return {
    seeds: 0,
    virtualMs: 0,
    turns: 0,
    crashes: 0,
    partitions: 0,
    promotions: 0,
    wipes: 0,
    events: 0,
    acknowledged: 0,
  };
}

export function addStatistics(sum: Statistics, one: Statistics): void {
  for (const name of Object.keys(sum) as (keyof Statistics)[]) sum[name] += one[name];
}
