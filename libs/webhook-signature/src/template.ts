import { SchemeError } from './errors';
import { headerName, oneHeader, type WebhookRequest } from './request';
import { isRefused, type Refused } from './verdict';

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'body' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'header'; readonly name: string };

export interface Template {
  readonly parts: readonly Part[];
  /** the names in `{header:name}` */
  readonly headers: readonly string[];
}

const PLACEHOLDER = /\{([^{}]*)\}/;
const HEADER = 'header:';

/**
 * A signed text such as `v0:{timestamp}:{body}`.
 * @throws SchemeError MALFORMED_TEMPLATE; MALFORMED_HEADER_NAME
 */
export function parseTemplate(text: string, hasTimestamp: boolean): Template {
  // by the capture group, texts and placeholders take turns
  const parts = text
    .split(PLACEHOLDER)
    .map((piece, at) => (at % 2 === 0 ? textPart(piece) : placeholder(piece)));
  const count = (kind: Part['kind']) => parts.filter((part) => part.kind === kind).length;
  if (count('body') !== 1) throw malformed('must have {body} once');
  if (count('timestamp') !== (hasTimestamp ? 1 : 0)) {
    throw malformed('must have {timestamp} once with a timestamp header, and not without one');
  }
  return { parts, headers: parts.flatMap((part) => (part.kind === 'header' ? [part.name] : [])) };
}

/** The signed text of a request, headers as the bytes that came. */
export function fillTemplate(
  { parts }: Template,
  { headers, body }: WebhookRequest,
  timestamp: string,
): (string | Buffer)[] | Refused {
  const filled: (string | Buffer)[] = [];
  for (const part of parts) {
    if (part.kind === 'header') {
      const value = oneHeader(headers, part.name);
      if (isRefused(value)) return value;
      filled.push(Buffer.from(value, 'latin1'));
    } else {
      filled.push(part.kind === 'text' ? part.text : part.kind === 'body' ? body : timestamp);
    }
  }
  return filled;
}

function textPart(text: string): Part {
  if (/[{}]/.test(text)) throw malformed('has a brace that belongs to no placeholder');
  return { kind: 'text', text };
}

function placeholder(name: string): Part {
  if (name === 'body' || name === 'timestamp') return { kind: name };
  if (name.startsWith(HEADER)) return { kind: 'header', name: headerName(name.slice(HEADER.length)) };
  throw malformed('has a placeholder other than {body}, {timestamp} and {header:name}');
}

function malformed(problem: string): SchemeError {
  return new SchemeError('MALFORMED_TEMPLATE', `the template ${problem}`);
}
