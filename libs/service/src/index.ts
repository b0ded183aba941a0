export const placeholder = 'service';
