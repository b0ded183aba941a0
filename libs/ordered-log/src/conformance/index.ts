import { describeAppending } from './appending';
import { describeCollecting } from './collecting';
import { describeCommitting } from './committing';
import { describeCutting } from './cutting';
import { describeFingerprinting } from './fingerprinting';
import { describeFollowing } from './following';
import { describeMembers } from './members';
import type { Backend } from './place';
import { describePromising } from './promising';
import { describeReading } from './reading';
import { describeRefusing } from './refusing';
import { describeReopening } from './reopening';
import { describeSameEvent } from './same-event';

export type { Backend, Databases } from './place';

/** The specification of an ordered log as jest tests: for any back end, and any implementation of the interface. */
export function describeOrderedLog(name: string, backend: Backend): void {
  describe(`an ordered log on ${name}`, () => {
    describeAppending(backend);
    describeSameEvent(backend);
    describeCollecting(backend);
    describeFollowing(backend);
    describePromising(backend);
    describeMembers(backend);
    describeCutting(backend);
    describeCommitting(backend);
    describeReading(backend);
    describeFingerprinting(backend);
    describeReopening(backend);
    describeRefusing(backend);
  });
}
