import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { type Delivery } from './deliveries';

/** What a node answered to `POST /webhook` with 200. */
export interface Receipt {
  /** 16 hex digits */
  readonly id: string;
  /** 72 hex digits; begins with the id */
  readonly key: string;
  readonly digest: string;
  readonly sequence: number | null;
  readonly duplicate: boolean;
}

/** Everything known about one event (one digest): what was sent, and what was promised. */
export interface Sent {
  readonly checksum: string;
  /** SHA-256 of every spelling that was sent */
  readonly spellings: Set<string>;
  readonly receipts: (Receipt & { readonly node: string })[];
}

/** The client's own memory of what it sent and was answered: the only witness that the verdict believes. */
export class Journal {
  readonly sent = new Map<string, Sent>();
  deliveries = 0;
  answered = 0;
  retries = 0;
  /** given up: the outcome is unknown, so the entry may exist or not */
  unanswered = 0;
  /** answers with a digest or an id that the bytes do not have, or with a 4xx */
  readonly wrong: string[] = [];

  /** With a file, each answer is also one line of it. */
  constructor(private readonly file?: string) {}

  sending(delivery: Delivery): void {
    this.deliveries += 1;
    const known = this.sent.get(delivery.digest);
    const sent = known ?? { checksum: delivery.checksum, spellings: new Set<string>(), receipts: [] };
    sent.spellings.add(sha256(delivery.body));
    this.sent.set(delivery.digest, sent);
  }

  received(delivery: Delivery, node: string, receipt: Receipt): void {
    this.answered += 1;
    if (!names(receipt, delivery))
      this.wrong.push(`${node} named ${delivery.digest} as ${receipt.id} ${receipt.digest}`);
    this.sent.get(delivery.digest)?.receipts.push({ ...receipt, node });
    if (this.file) appendFileSync(this.file, `${JSON.stringify({ ...receipt, node, at: Date.now() })}\n`);
  }
}

export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function names(receipt: Receipt, delivery: Delivery): boolean {
  const { id, key, digest } = receipt;
  return digest === delivery.digest && id.slice(8) === delivery.checksum && key.startsWith(id);
}
