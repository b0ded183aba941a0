export const placeholder = 'object-id';
