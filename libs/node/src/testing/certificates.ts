import { generate, type SelfsignedOptions, type SubjectAltNameEntry } from 'selfsigned';

const ADDRESSES: SubjectAltNameEntry[] = [
  { type: 2, value: 'localhost' },
  { type: 7, ip: '127.0.0.1' },
];

/** PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** An authority, and certificates of it for nodes on this machine, as an operator would make them. */
export class Authority {
  private constructor(private readonly own: Certificate) {}

  static async create(name: string): Promise<Authority> {
    const extensions = [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ] as const;
    return new Authority(await make(name, { extensions: [...extensions] }));
  }

  get cert(): Buffer {
    return this.own.cert;
  }

  /** To serve with and to show to others; for this machine unless it is for other addresses. */
  issue(name: string, altNames: typeof ADDRESSES = ADDRESSES): Promise<Certificate> {
    const ca = { key: this.own.key.toString(), cert: this.own.cert.toString() };
    const extensions: SelfsignedOptions['extensions'] = [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames },
    ];
    return make(name, { ca, extensions });
  }
}

async function make(name: string, options: SelfsignedOptions): Promise<Certificate> {
  const attributes = [{ name: 'commonName', value: name }];
  const made = await generate(attributes, { keyType: 'ec', curve: 'P-256', algorithm: 'sha256', ...options });
  return { cert: Buffer.from(made.cert), key: Buffer.from(made.private) };
}
