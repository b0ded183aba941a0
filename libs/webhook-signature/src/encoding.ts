import type { Encoding } from './scheme';

const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;

/**
 * The bytes of a text; undefined when an encoder would not have written it so. Node's own decoder skips what it does not
 * know and ignores unused bits, by which many texts would stand for one signature.
 */
export function decodeExact(text: string, encoding: Encoding): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.length > 0 && isSpelling(text, bytes, encoding) ? bytes : undefined;
}

function isSpelling(text: string, bytes: Buffer, encoding: Encoding): boolean {
  if (encoding === 'hex') return text.length === bytes.length * 2 && HEX.test(text);
  const written = bytes.toString(encoding);
  return text === written || (encoding === 'base64url' && text === padded(written));
}

function padded(text: string): string {
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
