import { eventually } from '../cluster/deadline';
import type { HttpClient } from '../cluster/http-client';

const DEADLINE_MS = 60_000;

/** What a master says of its members. */
export interface MemberStatus {
  readonly health: string;
  readonly voting: boolean;
  readonly sequence: number | null;
}

export async function membersOf(http: HttpClient, master: string): Promise<readonly MemberStatus[]> {
  const { body } = await http.ask(`${master}/secondaries`);
  return (JSON.parse(body.toString()) as { secondaries: MemberStatus[] }).secondaries;
}

/** Resolves when so many members follow the master and count in its quorums. */
export function untilFollowed(http: HttpClient, master: string, count: number): Promise<unknown> {
  return eventually(`${count} members follow`, DEADLINE_MS, async () => {
    const members = await membersOf(http, master);
    return members.filter(({ health, voting }) => health === 'HEALTHY' && voting).length >= count;
  });
}
