import { parse } from 'yaml';

export interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly stop_grace_period: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const VARIABLE = /\$\{(\w+)(?::([?-])([^}]*))?\}/g;

/** A compose file with the variables of an environment in it. @throws where one is missing that has to be there */
export function parseCompose(text: string, env: Readonly<Record<string, string>>): Compose {
  const filled = text.replaceAll(
    VARIABLE,
    (_all, name: string, sign: string | undefined, rest: string | undefined) => {
      const value = env[name] ?? '';
      if (value !== '') return value;
      if (sign === '?') throw new Error(`${name}: ${rest ?? ''}`);
      return sign === '-' ? (rest ?? '') : '';
    },
  );
  return parse(filled, { merge: true }) as Compose;
}
