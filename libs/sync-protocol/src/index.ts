export const placeholder = 'sync-protocol';
