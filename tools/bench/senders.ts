import { createHmac, createSecretKey, randomUUID } from 'node:crypto';

/** The headers by which a body is known to be this sender's, and with which id; each ends with a line end. */
export type Sign = (body: Buffer) => string;

interface Sender {
  /** of its source in the sources file */
  readonly config: { readonly secrets: readonly [string] } & Readonly<Record<string, unknown>>;
  readonly signer: (secret: string) => Sign;
}

const WEBHOOK_PREFIX = 'whsec_';

const SENDERS = {
  /** Its event id is not signed. */
  github: {
    config: {
      scheme: { kind: 'github' },
      secrets: ['a secret of the benchmark alone'],
      eventId: { header: 'X-GitHub-Delivery' },
    },
    signer: (secret) => {
      const key = createSecretKey(Buffer.from(secret));
      return (body) => {
        const signature = createHmac('sha256', key).update(body).digest('hex');
        return `x-github-event: push\r\nx-github-delivery: ${randomUUID()}\r\nx-hub-signature-256: sha256=${signature}\r\n`;
      };
    },
  },
  /** Its event id is signed. */
  'standard-webhooks': {
    config: {
      scheme: { kind: 'standard-webhooks' },
      secrets: [`${WEBHOOK_PREFIX}${Buffer.from('a secret of the benchmark alone').toString('base64')}`],
      eventId: { header: 'webhook-id' },
    },
    signer: (secret) => {
      const key = createSecretKey(Buffer.from(secret.slice(WEBHOOK_PREFIX.length), 'base64'));
      return (body) => {
        const id = `msg_${randomUUID()}`;
        const seconds = Math.floor(Date.now() / 1000);
        const signature = createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64');
        return `webhook-id: ${id}\r\nwebhook-timestamp: ${seconds}\r\nwebhook-signature: v1,${signature}\r\n`;
      };
    },
  },
} satisfies Readonly<Record<string, Sender>>;

export type SenderName = keyof typeof SENDERS;

/** A new signature for each body, which costs a load generator as much as it costs a node to verify. */
export function signerOf(name: SenderName): Sign {
  const { config, signer } = SENDERS[name];
  return signer(config.secrets[0]);
}

/** The source of a sender whose events have no name but their bodies. */
export function byBody(name: SenderName): string {
  return `${name}-by-body`;
}

/** A sources file in which each sender is there twice: by its own name, and without a rule for event ids. */
export function sourcesFile(): string {
  const sources: Record<string, object> = {};
  for (const [name, { config }] of Object.entries(SENDERS)) {
    sources[name] = config;
    sources[byBody(name as SenderName)] = { scheme: config.scheme, secrets: config.secrets };
  }
  return JSON.stringify({ sources });
}
