export { PEER_LIMITS, type PeerLimits } from './limits';
export { peerRouter, type PeerRouterOptions } from './peer-router';
export { Registration, type RegistrationOptions } from './registration';
export { registrationRouter } from './registration-router';
export { type Replicated, Replication, type ReplicationOptions } from './replication';
export { after } from './timer';
export type { Quorum, SecondaryStatus, SyncReport } from './status';
export type { SyncSchedule } from './syncs';
