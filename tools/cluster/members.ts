import { eventually } from './deadline';
import type { HttpClient } from './http-client';

const READY_MS = 60_000;

/** What a master says of its members. */
export interface MemberStatus {
  readonly health: string;
  readonly voting: boolean;
  readonly sequence: number | null;
}

/** @param apiKey where the master asks for one */
export async function membersOf(
  http: HttpClient,
  master: string,
  apiKey?: string,
): Promise<readonly MemberStatus[]> {
  const headers = apiKey === undefined ? {} : { 'x-token': apiKey };
  const { secondaries } = await http.json<{ secondaries: MemberStatus[] }>(`${master}/secondaries`, {
    headers,
  });
  return secondaries;
}

/** Resolves when so many members follow the master and count in its quorums. */
export async function untilFollowed(
  http: HttpClient,
  master: string,
  count: number,
  apiKey?: string,
): Promise<void> {
  await eventually(`${count} members follow`, READY_MS, async () => {
    const members = await membersOf(http, master, apiKey);
    return members.filter(({ health, voting }) => health === 'HEALTHY' && voting).length === count;
  });
}

/** Resolves when the only member of the master has the log up to this sequence. */
export async function untilCaughtUp(
  http: HttpClient,
  master: string,
  sequence: number,
  withinMs: number,
): Promise<void> {
  await eventually(`the slave has ${sequence} entries`, withinMs, async () => {
    const [member] = await membersOf(http, master);
    return member?.health === 'HEALTHY' && (member.sequence ?? 0) >= sequence;
  });
}
