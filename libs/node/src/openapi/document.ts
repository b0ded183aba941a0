import { CLUSTER_PATHS } from './cluster-paths';
import { HEALTH_PATHS } from './health-paths';
import { MESSAGE_PATHS } from './message-paths';
import type { Paths, Schema } from './operation';
import { PEER_PATHS } from './peer-paths';
import { SCHEMAS } from './schemas';
import { SOURCE_PATHS } from './source-paths';
import { WEBHOOK_PATHS } from './webhook-paths';

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Schema>>;
  };
  readonly [more: string]: unknown;
}

/** What a node answers to whom, whatever its role is: what only a master does a slave answers with NOT_MASTER. */
export const OPENAPI: OpenApi = {
  openapi: '3.1.0',
  info: {
    title: 'hooklog',
    version: '1',
    summary: 'A replicated webhook log',
    description:
      'Every node answers all of it. Errors are `application/problem+json` with a `code` that never changes. The schema of `application/x-ndjson` is that of each line.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'the node that this document comes from' }],
  tags: [
    { name: 'webhooks', description: 'Webhooks in, entries out' },
    { name: 'messages', description: 'Texts with a write concern' },
    { name: 'cluster', description: 'For operators' },
    { name: 'health', description: 'For whoever watches a node' },
    { name: 'older systems', description: 'Routes that keep the words of the systems that they come from' },
    { name: 'between nodes', description: 'For nodes of one cluster only, and free to change with them' },
  ],
  paths: {
    ...WEBHOOK_PATHS,
    ...SOURCE_PATHS,
    ...MESSAGE_PATHS,
    ...CLUSTER_PATHS,
    ...HEALTH_PATHS,
    ...PEER_PATHS,
  },
  components: {
    schemas: SCHEMAS,
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'x-token', description: 'API_KEY' },
      bearer: { type: 'http', scheme: 'bearer', description: 'API_KEY' },
      nodeToken: {
        type: 'apiKey',
        in: 'header',
        name: 'x-token',
        description: 'what is derived from CLUSTER_SECRET',
      },
      nodeSignature: {
        type: 'http',
        scheme: 'hooklog',
        description: 'what nodes sign with a key derived from CLUSTER_SECRET: SECURITY.md has what is signed',
      },
    },
  },
};
