import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * The headers of a request with all their values, as `headersDistinct` has them. Node builds that anew for each request,
 * which is needed only where a header came twice: otherwise each name of `rawHeaders` is one of `headers`.
 */
export function allHeaders(req: IncomingMessage): IncomingHttpHeaders | NodeJS.Dict<string[]> {
  const { headers, rawHeaders } = req;
  return 2 * Object.keys(headers).length === rawHeaders.length ? headers : req.headersDistinct;
}
