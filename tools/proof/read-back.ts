import { createHash } from 'node:crypto';
import { identify, printDigest, printEntryKey } from '@hooklog/object-id';
import { type HttpClient } from '../cluster/http-client';
import { type NodeProcess } from '../cluster/node-process';
import { sha256 } from './journal';

/** A node's whole log as it tells it to any client, with every entry's identity computed again from its bytes. */
export interface NodeLog {
  readonly node: string;
  readonly entries: number;
  /** SHA-256 over the lines of `GET /log`: equal when two nodes tell the same entries in the same order. */
  readonly chain: string;
  /** digest → how often it is there, and as which spelling */
  readonly byDigest: ReadonlyMap<string, { readonly count: number; readonly spelling: string }>;
  /** what is wrong with the log by itself: a hole, a wrong digest, a wrong key */
  readonly faults: readonly string[];
}

interface Line {
  readonly sequence: number;
  readonly id: string;
  readonly key: string;
  readonly digest: string;
  readonly receivedAt: number;
}

const PAGE = 1_000;
const PAGES_MAX = 100_000;
const READ_MS = 300_000;
const FAULTS_MAX = 20;
const BODY = Buffer.from(',"body":');

/** Reads `GET /log` in pages from the first entry to the last. */
export async function readLog(http: HttpClient, node: NodeProcess): Promise<NodeLog> {
  const reading = new Reading(node.name);
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const before = reading.entries;
    const url = `${node.url}/log?after=${before}&limit=${PAGE}`;
    for await (const line of http.lines(url, { timeoutMs: READ_MS })) reading.take(line);
    if (reading.entries === before) return reading.log();
  }
  throw new Error(`the log of ${node.name} does not end after ${PAGES_MAX} pages`);
}

class Reading {
  entries = 0;
  private readonly hash = createHash('sha256');
  private readonly byDigest = new Map<string, { count: number; spelling: string }>();
  private readonly faults: string[] = [];

  constructor(private readonly node: string) {}

  take(line: Buffer): void {
    this.entries += 1;
    this.hash.update(line).update('\n');
    const { entry, body } = splitLine(line);
    if (entry.sequence !== this.entries) this.fault(`sequence ${entry.sequence} in place ${this.entries}`);
    this.check(entry, body);
    const known = this.byDigest.get(entry.digest);
    if (known) known.count += 1;
    else this.byDigest.set(entry.digest, { count: 1, spelling: sha256(body) });
  }

  log(): NodeLog {
    const { node, entries, byDigest, faults } = this;
    return { node, entries, chain: this.hash.digest('hex'), byDigest, faults };
  }

  /** The digest and the key are what the body makes them, not what the node says. */
  private check(entry: Line, body: Buffer): void {
    const { digest, key } = identify(body, entry.receivedAt);
    if (printDigest(digest) !== entry.digest)
      this.fault(`entry ${entry.sequence} has another digest than its body`);
    if (printEntryKey(key) !== entry.key) this.fault(`entry ${entry.sequence} has another key than its body`);
    if (!entry.key.startsWith(entry.id))
      this.fault(`entry ${entry.sequence}: its key does not begin with its id`);
  }

  private fault(text: string): void {
    if (this.faults.length < FAULTS_MAX) this.faults.push(`${this.node}: ${text}`);
  }
}

/** The body's raw bytes are the last member of the line, spliced in as they were received. */
function splitLine(line: Buffer): { readonly entry: Line; readonly body: Buffer } {
  const at = line.indexOf(BODY);
  if (at === -1)
    throw new Error(`a line of GET /log without a JSON body: ${line.subarray(0, 200).toString()}`);
  const entry = JSON.parse(`${line.subarray(0, at).toString()}}`) as Line;
  return { entry, body: line.subarray(at + BODY.length, line.length - 1) };
}
