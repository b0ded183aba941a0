import type { ActiveSourceConfig } from './source-config';

/** What shows its secret proves nothing of a request that anybody could keep: it has to be sent again. */
const TOKENS: readonly string[] = ['gitlab', 'bearer', 'basic'];
const IN_TEMPLATE = /\{header:([^{}]*)\}/g;

/**
 * Headers that a delivery is verified by and whose names an operator has chosen, in lower case; undefined for a scheme
 * that shows its secret.
 */
export function neededHeaders({ scheme, eventId }: ActiveSourceConfig): readonly string[] | undefined {
  if (TOKENS.includes(scheme.kind)) return undefined;
  const names = eventId !== undefined && 'header' in eventId ? [eventId.header] : [];
  if (scheme.kind === 'hmac') {
    const { header, timestampHeader, template = '' } = scheme;
    const inTemplate = [...template.matchAll(IN_TEMPLATE)].map(([, name = '']) => name);
    names.push(header, ...inTemplate, ...(timestampHeader === undefined ? [] : [timestampHeader]));
  }
  return names.map((name) => name.toLowerCase());
}
