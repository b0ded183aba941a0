import { isUtf8 } from 'node:buffer';
import { objectIdOf, printObjectId, secondsOf } from '@hooklog/object-id';
import type { Entry } from '@hooklog/ordered-log';
import { crc32cOf } from './listed-id';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;

/**
 * `{"id", "hash", "timestamp", "data"}` and a newline. A JSON document stands in `data` byte for byte, but for
 * line breaks between its tokens, which become spaces so that it stays one line; text is a string; other bytes
 * are in `dataBase64`.
 */
export function encodeAnswerLine({ key, kind, body }: Pick<Entry, 'key' | 'kind' | 'body'>): Buffer {
  const id = printObjectId(objectIdOf(key));
  const head = `{"id":"${id}","hash":${crc32cOf(key)},"timestamp":${secondsOf(key)},`;
  if (kind === 'json')
    return Buffer.concat([Buffer.from(`${head}"data":`), onOneLine(body), Buffer.from('}\n')]);
  if (isUtf8(body)) return Buffer.from(`${head}"data":${JSON.stringify(body.toString())}}\n`);
  return Buffer.from(`${head}"dataBase64":"${body.toString('base64')}"}\n`);
}

/**
 * The same JSON text on one line. Inside a string a line break is always escaped, so a raw one stands
 * between tokens, where a space means the same.
 */
export function onOneLine(json: Buffer): Buffer {
  if (!json.includes(NEWLINE) && !json.includes(RETURN)) return json;
  return Buffer.from(json.map((byte) => (byte === NEWLINE || byte === RETURN ? SPACE : byte)));
}
