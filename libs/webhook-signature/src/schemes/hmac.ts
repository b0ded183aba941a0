import type { Claim, ClaimReader } from '../claim';
import { decodeExact } from '../encoding';
import { SchemeError } from '../errors';
import { headerName, malformed, oneHeader, timestampHeader, type WebhookRequest } from '../request';
import type { HmacScheme } from '../scheme';
import { fillTemplate, parseTemplate } from '../template';
import { isRefused, type Refused } from '../verdict';

/** "Validating webhook deliveries", docs.github.com */
export const GITHUB: HmacScheme = {
  kind: 'hmac',
  header: 'x-hub-signature-256',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
};

/** "Verify webhook deliveries", shopify.dev */
export const SHOPIFY: HmacScheme = {
  kind: 'hmac',
  header: 'x-shopify-hmac-sha256',
  algorithm: 'sha256',
  encoding: 'base64',
};

/** "Verifying requests from Slack", docs.slack.dev */
export const SLACK: HmacScheme = {
  kind: 'hmac',
  header: 'x-slack-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'v0=',
  template: 'v0:{timestamp}:{body}',
  timestampHeader: 'x-slack-request-timestamp',
};

const PREFIX = /^[\x20-\x7e]*$/;

/** @throws SchemeError MALFORMED_HEADER_NAME, MALFORMED_PREFIX, MALFORMED_TEMPLATE */
export function hmacReader(scheme: HmacScheme): ClaimReader {
  const { encoding, prefix = '' } = scheme;
  if (!PREFIX.test(prefix)) throw new SchemeError('MALFORMED_PREFIX', 'a prefix has visible ASCII only');
  const header = headerName(scheme.header);
  const timeHeader = scheme.timestampHeader === undefined ? undefined : headerName(scheme.timestampHeader);
  const template = parseTemplate(scheme.template ?? '{body}', timeHeader !== undefined);
  const covers = {
    body: true,
    headers: [...template.headers, ...(timeHeader === undefined ? [] : [timeHeader])],
  };

  const readSignature = ({ headers }: WebhookRequest): Buffer | Refused => {
    const value = oneHeader(headers, header);
    if (isRefused(value)) return value;
    if (!value.startsWith(prefix)) return malformed(header, `does not begin with ${prefix}`);
    return decodeExact(value.slice(prefix.length), encoding) ?? malformed(header, `is not ${encoding}`);
  };

  return (request): Claim | Refused => {
    const signature = readSignature(request);
    if (isRefused(signature)) return signature;
    const time = timeHeader === undefined ? '' : timestampHeader(request.headers, timeHeader);
    if (isRefused(time)) return time;
    const signed = fillTemplate(template, request, time);
    if (isRefused(signed)) return signed;
    const claim = { signed, signatures: [signature], covers };
    return timeHeader === undefined ? claim : { ...claim, seconds: Number(time) };
  };
}
