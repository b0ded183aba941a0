import type { Claim } from '../claim';
import { isSeconds, malformed, oneHeader, type WebhookRequest } from '../request';
import { isRefused, type Refused } from '../verdict';
import { knownSignatures } from './signature-list';

const HEADER = 'stripe-signature';
const VERSION = 'v1';
const ITEM = /^[a-z0-9]+=[^=]*$/;

/** `t=<seconds>,v1=<hex>`, the latter once per secret ("Verify webhook signatures manually", docs.stripe.com). */
export function readStripe({ headers, body }: WebhookRequest): Claim | Refused {
  const value = oneHeader(headers, HEADER);
  if (isRefused(value)) return value;
  const items = value.split(',');
  // also what becomes of a header that came twice
  if (!items.every((item) => ITEM.test(item))) return malformed(HEADER, 'is no list of names and values');
  const [time, ...more] = valuesOf(items, 't');
  if (time === undefined || more.length > 0) return malformed(HEADER, 'does not have t once');
  if (!isSeconds(time)) return malformed(HEADER, 'has a t that is not a unix time in seconds');
  const signatures = knownSignatures(HEADER, VERSION, valuesOf(items, VERSION), 'hex');
  if (isRefused(signatures)) return signatures;
  const covers = { body: true, headers: [] };
  return { signed: [`${time}.`, body], signatures, seconds: Number(time), covers };
}

function valuesOf(items: readonly string[], key: string): string[] {
  return items.filter((item) => item.startsWith(`${key}=`)).map((item) => item.slice(key.length + 1));
}
