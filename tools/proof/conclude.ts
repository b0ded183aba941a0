import { type Cluster } from '../cluster/cluster';
import { waitForAgreement } from './agreement';
import { checkAnsweredNames } from './answered-names';
import { type Journal } from './journal';
import { type Random } from './random';
import { judge, type Verdict } from './verdict';

/** The end of every proof: wait for agreement, read everything back, and judge it by the client's journal. */
export async function conclude(
  cluster: Cluster,
  journal: Journal,
  random: Random,
  agreeMs: number,
): Promise<Verdict> {
  const logs = await waitForAgreement(cluster, agreeMs);
  const verdict = judge(journal, logs);
  const misnamed = await checkAnsweredNames(cluster, journal, random);
  if (misnamed.length === 0) return verdict;
  return { ...verdict, faults: [...verdict.faults, ...misnamed], passed: false };
}
