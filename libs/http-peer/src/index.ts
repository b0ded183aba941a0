export const placeholder = 'http-peer';
