export type { Member } from '@hooklog/sync-protocol';
export { followerRouter, type FollowerRouterOptions } from './follower-router';
export { PEER_LIMITS, type PeerLimits } from './limits';
export type { PeerLogger } from './peer-logger';
export { Registration, type RegistrationOptions } from './registration';
export { registrationRouter } from './registration-router';
export { Replication, type ReplicationOptions, type SyncSchedule } from './replication';
export type { SecondaryHealth, SecondaryStatus, SyncReport } from './status';
