import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** What a command line of curl says, as far as the READMEs of older systems use it. */
interface Command {
  readonly method: string;
  readonly url: URL;
  /** in the order given */
  readonly headers: readonly string[];
  readonly data: string | undefined;
}

/**
 * Sends, byte for byte, what curl 7.88 sends for this command line, without TLS, to loopback.
 * @param portOf the port that stands for the one in the command
 */
export function curl(line: string, portOf: (port: number) => number): Promise<Answer> {
  const command = parse(words(line));
  const port = portOf(Number(command.url.port));
  return exchange(port, bytesOf(command, port));
}

/** Sends a whole request and reads its answer; the connection stays open until then, as clients keep it. */
export function exchange(port: number, bytes: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let heard = '';
    socket.setEncoding('utf8').on('error', reject);
    socket.on('close', () => reject(new Error(`no whole answer: ${heard}`)));
    socket.on('data', (chunk: string) => {
      heard += chunk;
      const answer = wholeAnswer(heard);
      if (answer === undefined) return;
      resolve(answer);
      socket.destroy();
    });
  });
}

/** As a POSIX shell splits a line: quotes as in the READMEs, a backslash at the end of a line. */
function words(line: string): string[] {
  const parts = line.replaceAll('\\\n', ' ').match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
  return parts.map((part) => (/^['"]/.test(part) ? part.slice(1, -1) : part));
}

function parse([program, ...args]: string[]): Command {
  if (program !== 'curl') throw new Error(`no command of curl: ${program}`);
  let [method, url, data]: (string | undefined)[] = [];
  const headers: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (!word.startsWith('-')) url = word;
    else if (word === '-X') method = args[++at];
    else if (word === '-d') data = args[++at];
    else if (word === '-H') headers.push(args[++at] ?? '');
    else if (word === '--cacert') at += 1;
    else throw new Error(`an option that is not known here: ${word}`);
  }
  method ??= data === undefined ? 'GET' : 'POST';
  return { method, url: new URL(url ?? ''), headers, data };
}

function bytesOf({ method, url, headers, data }: Command, port: number): string {
  const isForm = data !== undefined && !headers.some((header) => /^content-type:/i.test(header));
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.hostname}:${port}`,
    'User-Agent: curl/7.88.1',
    'Accept: */*',
    ...headers,
    ...(data === undefined ? [] : [`Content-Length: ${Buffer.byteLength(data)}`]),
    ...(isForm ? ['Content-Type: application/x-www-form-urlencoded'] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${data ?? ''}`;
}

/** undefined: more has to come */
function wholeAnswer(heard: string): Answer | undefined {
  const end = heard.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = heard.slice(0, end);
  const rest = heard.slice(end + 4);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) {
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    return Buffer.byteLength(rest) < length ? undefined : { status, body: rest };
  }
  if (!rest.endsWith('0\r\n\r\n')) return undefined;
  return { status, body: rest.replaceAll(/(^|\r\n)[0-9a-f]+\r\n/g, '').replace(/\r\n$/, '') };
}
