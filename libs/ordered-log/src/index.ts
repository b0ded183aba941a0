export const placeholder = 'ordered-log';
