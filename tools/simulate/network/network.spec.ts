import { during, stateOf } from '../testing/virtual';
import { Dice } from '../world/dice';
import { World } from '../world/world';
import { type Caller, type Host, Network } from './network';
import { Stream } from './stream';
import { FAIR } from './weather';

interface Echo {
  echo(text: string): Promise<string>;
}

function place(): {
  world: World;
  network: Network;
  caller: Caller & { gone: boolean };
  host: Host<Echo>;
  heard: string[];
} {
  const world = new World(1, false);
  const heard: string[] = [];
  const server: Echo = {
    echo(text) {
      heard.push(text);
      return Promise.resolve(`${text}!`);
    },
  };
  const host = { name: 'n2', server, connections: new Set<() => void>() };
  return {
    world,
    network: new Network(world, new Dice(1)),
    caller: { name: 'n1', gone: false },
    host,
    heard,
  };
}

const OPTIONS = { answerMs: 1000 };

describe('a simulated network', () => {
  it('brings a request there and its answer back', async () => {
    const { world, network, caller, host } = place();
    const answer = network.call(caller, host, (server) => server.echo('hello'), OPTIONS);
    expect(await during(world, answer)).toBe('hello!');
  });

  it.each(['n1 n2', 'n2 n1'])('tells by the time alone that one direction is cut (%s)', async (pair) => {
    const { world, network, caller, host, heard } = place();
    const [from, to] = pair.split(' ') as [string, string];
    network.block(from, to);
    const answer = network.call(caller, host, (server) => server.echo('hello'), OPTIONS);
    await expect(during(world, answer)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    expect(world.now).toBe(1000);
    expect(heard).toEqual(from === 'n1' ? [] : ['hello']);
  });

  it('refuses at once where no process listens, and breaks off when it ends', async () => {
    const { world, network, caller, host } = place();
    const nobody = { ...host, server: undefined };
    const refused = network.call(caller, nobody, (server: Echo) => server.echo('hello'), OPTIONS);
    await expect(during(world, refused)).rejects.toThrow('refuses connections');
    const server: Echo = { echo: () => new Promise(() => undefined) };
    const silent = { ...host, server };
    const broken = network.call(caller, silent, (one) => one.echo('hello'), OPTIONS);
    world.after(20, () => silent.connections.forEach((end) => end()));
    await expect(during(world, broken)).rejects.toThrow('broke off');
    expect(world.now).toBeLessThan(100);
  });

  it('brings a request twice, and the second answer nowhere', async () => {
    const { world, network, caller, host, heard } = place();
    network.weather = { ...FAIR, doubled: 1 };
    expect(
      await during(
        world,
        network.call(caller, host, (server) => server.echo('a'), OPTIONS),
      ),
    ).toBe('a!');
    await during(world, world.sleep(100));
    expect(heard).toEqual(['a', 'a']);
  });

  it('brings nothing to a process that is gone', async () => {
    const { world, network, caller, host } = place();
    const answer = network.call(caller, host, (server) => server.echo('hello'), OPTIONS);
    caller.gone = true;
    await during(world, world.sleep(5000));
    expect(await stateOf(answer)).toBe('pending');
  });

  it('ends a request by its signal', async () => {
    const { world, network, caller, host } = place();
    const controller = new AbortController();
    network.block('n1', 'n2');
    const options = { ...OPTIONS, signal: controller.signal };
    const answer = network.call(caller, host, (server) => server.echo('a'), options);
    world.after(20, () => controller.abort(new Error('enough')));
    await expect(during(world, answer)).rejects.toThrow('enough');
  });
});

describe('a simulated stream', () => {
  const chunk = (text: string): Buffer => Buffer.from(text);

  async function read(stream: Stream, count: number): Promise<string> {
    let text = '';
    for (let i = 0; i < count; i++) text += String((await stream.next()).value);
    return text;
  }

  it('keeps the order of what is written', async () => {
    const { world, network, caller, host } = place();
    const stream = new Stream(world, network, caller, host, 1000);
    for (const text of 'abcdef') stream.write(chunk(text)).catch(() => undefined);
    expect(await during(world, read(stream, 6))).toBe('abcdef');
  });

  it('makes a writer wait who is far ahead of the network', async () => {
    const { world, network, caller, host } = place();
    const stream = new Stream(world, network, caller, host, 1000);
    let written = 0;
    const write = async (): Promise<void> => {
      for (; written < 100; written++) await stream.write(chunk('x'));
    };
    void write();
    await new Promise(setImmediate);
    expect(written).toBeLessThan(10);
    await during(world, read(stream, 100));
  });

  it('is given up by both sides when its network is cut', async () => {
    const { world, network, caller, host } = place();
    const stream = new Stream(world, network, caller, host, 1000);
    await during(world, stream.write(chunk('a')));
    await during(world, read(stream, 1));
    network.block('n2', 'n1');
    stream.write(chunk('b')).catch(() => undefined);
    await expect(during(world, stream.next())).rejects.toThrow('is silent');
    await during(world, world.sleep(2000));
    expect(stream.gone.aborted).toBe(true);
    await expect(stream.write(chunk('c'))).rejects.toThrow();
  });

  it('breaks when the process that writes ends', async () => {
    const { world, network, caller, host } = place();
    const stream = new Stream(world, network, caller, host, 1000);
    host.connections.forEach((end) => end());
    await expect(during(world, stream.next())).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
});
