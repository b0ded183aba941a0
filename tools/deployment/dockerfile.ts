/** One line of a Dockerfile: `RUN`, and what follows it. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  /** undefined: the last one, which is the image */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A file or folder that the image has from another stage, or from the folder that it is built in. */
export interface Copied {
  readonly stage: string | undefined;
  readonly from: string;
  readonly to: string;
}

/** The image that a Dockerfile makes, as far as whoever runs it can tell. */
export interface Image {
  readonly stages: readonly Stage[];
  readonly environment: Readonly<Record<string, string>>;
  readonly copied: readonly Copied[];
  readonly user: string;
  readonly volume: string;
  readonly stopSignal: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

export function parseDockerfile(text: string): Image {
  const lines = text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const instructions = lines.map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`no instruction of a Dockerfile: ${line}`);
    return { name, text: rest };
  });
  const stages = stagesOf(instructions);
  const image = stages.at(-1)!.instructions;
  const all = (name: string): string[] => image.filter((each) => each.name === name).map((each) => each.text);
  const last = (name: string): string => {
    const value = all(name).at(-1);
    if (value === undefined) throw new Error(`the image has no ${name}`);
    return value;
  };
  return {
    stages,
    environment: Object.fromEntries(all('ENV').flatMap((each) => pairsOf(each))),
    copied: all('COPY').map(copiedBy),
    user: last('USER'),
    volume: last('VOLUME'),
    stopSignal: last('STOPSIGNAL'),
    entrypoint: JSON.parse(last('ENTRYPOINT')) as string[],
    command: JSON.parse(last('CMD')) as string[],
    healthcheck: JSON.parse(/ CMD (\[.*\])$/.exec(last('HEALTHCHECK'))?.[1] ?? 'null') as string[],
  };
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: { name: string | undefined; instructions: Instruction[] }[] = [];
  for (const each of instructions) {
    if (each.name === 'FROM') stages.push({ name: / AS (\S+)$/.exec(each.text)?.[1], instructions: [] });
    stages.at(-1)!.instructions.push(each);
  }
  return stages;
}

function pairsOf(text: string): [string, string][] {
  return text.split(' ').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function copiedBy(text: string): Copied {
  const [, stage, from = '', to = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(text) ?? [];
  return { stage, from, to };
}
