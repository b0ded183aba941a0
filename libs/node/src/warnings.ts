import type { Replication } from '@hooklog/http-peer';
import type { OrderedLog } from '@hooklog/ordered-log';
import type { Trouble } from '@hooklog/service';

/** What is wrong with a node that takes webhooks all the same. */
export const WARNINGS = ['NO_QUORUM', 'NO_MASTER', 'LEARNER'] as const;

export type Warning = (typeof WARNINGS)[number];

export interface WarningsOptions {
  readonly log: OrderedLog;
  readonly replication: Replication;
}

/** As this node knows it now. */
export function warningsOf(options: WarningsOptions): Trouble<Warning>[] {
  const details: Readonly<Record<Warning, string | undefined>> = {
    NO_QUORUM: withoutQuorum(options),
    NO_MASTER: withoutMaster(options),
    LEARNER: asLearner(options),
  };
  return WARNINGS.flatMap((code) => {
    const detail = details[code];
    return detail === undefined ? [] : [{ code, detail }];
  });
}

function withoutQuorum({ replication: { quorum } }: WarningsOptions): string | undefined {
  if (quorum === undefined || quorum.majority) return undefined;
  return `Of ${quorum.voters} voting members ${quorum.healthy} are HEALTHY, this one included: nothing is committed, and no wc above that is met.`;
}

function withoutMaster({ replication: { isMasterAway, silentMs } }: WarningsOptions): string | undefined {
  if (!isMasterAway) return undefined;
  const since = silentMs === Infinity ? 'since the start' : `for ${Math.round(silentMs / 1000)} seconds`;
  return `No master has sent anything ${since}: webhooks are taken, and wait for one.`;
}

function asLearner({ log, replication }: WarningsOptions): string | undefined {
  if (replication.incomplete)
    return 'This store lost something that it had, and gets it from the others: until then it does not vote, lead or count.';
  const own = replication.members.find(({ store }) => store === log.store);
  if (own === undefined || own.voting) return undefined;
  return 'This node has not caught up: until then it does not vote, lead or count.';
}
