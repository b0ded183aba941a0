/** Settings by which entries of slaves come home in one way only, soon enough for a short run. */
export const RECONCILE_ALONE = { COLLECT: 'off', SYNC_INTERVAL_SECONDS: '1', SYNC_SETTLE_SECONDS: '1' };
export const COLLECT_ALONE = { SYNC_INTERVAL_SECONDS: '0' };
