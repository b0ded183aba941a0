import type { Claim } from '../claim';
import { malformed, oneHeader, timestampHeader, type WebhookRequest } from '../request';
import { isRefused, type Refused } from '../verdict';
import { knownSignatures } from './signature-list';

const VERSION = 'v1';
const KNOWN = `${VERSION},`;
const ITEM = /^[^,]+,[^,]*$/;
/**
 * Visible ASCII, but no full stop: that ends the id in the signed text, so that a part of the time and of the body could
 * be made a part of the id (standard-webhooks.md, "Signature scheme").
 */
const ID = /^[!-\-/-~]+$/;

/** `webhook-*`, or `svix-*` where a sender has not changed its names yet: the signature decides which are meant. */
export function readStandardWebhooks({ headers, body }: WebhookRequest): Claim | Refused {
  const isSvix = !Object.hasOwn(headers, 'webhook-signature') && Object.hasOwn(headers, 'svix-signature');
  const prefix = isSvix ? 'svix' : 'webhook';
  const idHeader = `${prefix}-id`;
  const timeHeader = `${prefix}-timestamp`;
  const id = oneHeader(headers, idHeader);
  if (isRefused(id)) return id;
  if (!ID.test(id)) return malformed(idHeader, 'has a space, a full stop or characters beyond ASCII');
  const time = timestampHeader(headers, timeHeader);
  if (isRefused(time)) return time;
  const signatures = readSignatures(headers, `${prefix}-signature`);
  if (isRefused(signatures)) return signatures;
  const covers = { body: true, headers: [idHeader, timeHeader] };
  return { signed: [`${id}.${time}.`, body], signatures, seconds: Number(time), covers };
}

/** `v1,<base64>` any number of times, with one space between them. */
function readSignatures(headers: WebhookRequest['headers'], name: string): readonly Buffer[] | Refused {
  const value = oneHeader(headers, name);
  if (isRefused(value)) return value;
  const texts: string[] = [];
  for (const item of value.split(' ')) {
    // also what becomes of a header that came twice
    if (!ITEM.test(item)) return malformed(name, 'is no list of versions and signatures');
    if (item.startsWith(KNOWN)) texts.push(item.slice(KNOWN.length));
  }
  return knownSignatures(name, VERSION, texts, 'base64');
}
