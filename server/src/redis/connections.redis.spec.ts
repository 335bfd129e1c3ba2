import { join } from 'node:path';
import type Redis from 'ioredis';
import { startRedis, type RunningRedis } from '../../../e2e/stack/redis';
import { RedisProxy } from '../../../e2e/support/redis-proxy';
import { startCluster } from '../../test/redis-cluster';
import { ignoreErrors, ready, testRedisUrl } from '../../test/redis';
import { until } from '../../test/until';
import { RedisConnections } from './connections';
import { Script } from './script';
import { isRedisTrouble } from './trouble';

const opened: RedisConnections[] = [];
afterEach(() => opened.splice(0).forEach((connections) => connections.closeAll()));

function connections(
  url = testRedisUrl(),
  commandTimeoutMs = 500,
  onError: (error: Error) => void = ignoreErrors,
): RedisConnections {
  const made = new RedisConnections({ url, commandTimeoutMs }, onError);
  opened.push(made);
  return made;
}

/** Ms until a command is settled, and its error if any. */
async function timed(command: Promise<unknown>): Promise<{ ms: number; error?: unknown }> {
  const begun = performance.now();
  const error = await command.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { ms: performance.now() - begun, error };
}

describe('a connection', () => {
  it('to a Redis that was never there fails commands at once instead of keeping them', async () => {
    const errors: Error[] = [];
    const client = connections('redis://127.0.0.1:1', 500, (error) => errors.push(error)).forCommands();
    await until(() => errors.length > 1);
    const { ms, error } = await timed(client.set('k', 'v'));
    expect(isRedisTrouble(error)).toBe(true);
    expect(ms).toBeLessThan(100);
  });

  it('sends the commands of one turn in one go and in their order, whatever they are made of', async () => {
    const client = (await ready(connections().forCommands())) as Redis;
    const writes = jest.spyOn(client.stream, '_writev' as '_write');
    const key = `test-${Math.random()}`;
    const lengths = Array.from({ length: 50 }, (_, i) =>
      client.append(key, i === 25 ? Buffer.of(0xff) : 'x'),
    );
    expect(await Promise.all(lengths)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    // One system call: those before the bytes, the bytes, those after.
    expect(writes).toHaveBeenCalledTimes(1);
    expect((await client.getBuffer(key))![25]).toBe(0xff);
    await client.del(key);
  });

  it('that is closed in the turn of a command fails it instead of keeping it', async () => {
    const all = connections();
    const client = await ready(all.forCommands());
    const command = timed(client.ping());
    all.close(client);
    expect(isRedisTrouble((await command).error)).toBe(true);
  });

  it('ends with the others, and one alone when it is closed', async () => {
    const all = connections();
    const [one, other, reader] = await Promise.all(
      [all.forCommands(), all.forCommands(), all.forBlockingReads()].map(ready),
    );
    const read = reader!.xread('BLOCK', 60_000, 'STREAMS', 'nothing-comes-here', '$');
    all.close(one!);
    await until(() => one!.status === 'end');
    expect(await other!.ping()).toBe('PONG');
    all.closeAll();
    await expect(read).rejects.toThrow(/closed/);
    await until(() => [other!, reader!].every(({ status }) => status === 'end'));
  });
});

describe('when Redis goes away and comes back', () => {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis({ appendonly: false });
  });
  afterAll(() => server.stop());

  it('commands fail at once, blocking reads are let go, and both work again by themselves', async () => {
    const all = connections(server.url);
    const [client, reader] = await Promise.all([all.forCommands(), all.forBlockingReads()].map(ready));
    const read = timed(reader!.xread('BLOCK', 60_000, 'STREAMS', 's', '$'));

    await server.kill();
    expect(isRedisTrouble((await read).error)).toBe(true);
    await until(() => client!.status !== 'ready');
    const { ms, error } = await timed(client!.incr('counted'));
    expect(isRedisTrouble(error)).toBe(true);
    expect(ms).toBeLessThan(100);

    server = await startRedis({ appendonly: false, port: server.port });
    await Promise.all([client!, reader!].map(ready));
    // The refused command was not kept and sent now.
    expect(await client!.incr('counted')).toBe(1);
    await client!.xadd('s', '*', 'a', 'b');
    expect(await reader!.xread('BLOCK', 60_000, 'STREAMS', 's', '0')).toHaveLength(1);
  });

  it('a Redis that hangs costs a command its deadline and no more', async () => {
    const client = await ready(connections(server.url, 200).forCommands());
    server.process.signal('SIGSTOP');
    try {
      const { ms, error } = await timed(client.ping());
      expect(isRedisTrouble(error)).toBe(true);
      expect(ms).toBeGreaterThan(190);
      expect(ms).toBeLessThan(1000);
    } finally {
      server.process.signal('SIGCONT');
    }
    await until(async () => (await timed(client.ping())).error === undefined);
  });

  it('a blocking read that Redis answers late is waited for: what it brings counts as delivered', async () => {
    const all = connections(server.url, 400);
    const [client, reader] = await Promise.all([all.forCommands(), all.forBlockingReads()].map(ready));
    let settled = false;
    server.process.signal('SIGSTOP');
    const read = reader!.xread('BLOCK', 50, 'STREAMS', 'late', '$').finally(() => (settled = true));
    try {
      const { ms } = await timed(client!.ping());
      expect(ms).toBeGreaterThan(390);
      expect(settled).toBe(false);
    } finally {
      server.process.signal('SIGCONT');
    }
    expect(await read).toBeNull();
  });

  it('a link on which nothing comes any more is given up, and made anew', async () => {
    const all = connections(server.url, 60_000);
    const [client, reader] = await Promise.all([all.forCommands(), all.forBlockingReads()].map(ready));
    server.process.signal('SIGSTOP');
    try {
      const answers = await Promise.all([
        timed(client!.ping()),
        timed(reader!.xread('BLOCK', 50, 'STREAMS', 'silent', '$')),
      ]);
      for (const { error } of answers) expect(isRedisTrouble(error)).toBe(true);
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(6000);
    } finally {
      server.process.signal('SIGCONT');
    }
    for (const each of [client!, reader!]) expect(await (await ready(each)).ping()).toBe('PONG');
  }, 20_000);

  it('a master that has become a replica is left for the one that writes', async () => {
    const client = await ready(connections(server.url).forCommands());
    let connected = 0;
    client.on('ready', () => (connected += 1));
    await client.call('REPLICAOF', '127.0.0.1', '1');
    try {
      const { error } = await timed(client.set('k', 'v'));
      expect((error as Error).message).toMatch(/^READONLY/);
      expect(isRedisTrouble(error)).toBe(true);
      await until(() => connected > 0);
    } finally {
      await until(async () => (await timed(client.call('REPLICAOF', 'NO', 'ONE'))).error === undefined);
    }
  });
});

describe('a link that swallows everything', () => {
  let link: RedisProxy;
  beforeEach(async () => {
    link = await RedisProxy.start(testRedisUrl());
  });
  afterEach(() => link.stop());

  it('is given up, with every command that was sent into it, and a new one is used as soon as there is one', async () => {
    const client = (await ready(connections(link.url, 200).forCommands())) as Redis;
    link.mode = 'swallow';
    const asked = Array.from({ length: 50 }, () => timed(client.echo('x'.repeat(10_000))));
    for (const { ms, error } of await Promise.all(asked)) {
      expect(isRedisTrouble(error)).toBe(true);
      expect(ms).toBeLessThan(1000);
    }
    // Nothing that was asked is kept, and nothing more is written into the hole.
    await until(() => client.status !== 'ready');
    expect((await timed(client.ping())).ms).toBeLessThan(100);
    link.mode = 'pass';
    await until(async () => (await timed(client.ping())).error === undefined);
  }, 10_000);
});

describe('sentinel://', () => {
  it('names every sentinel, with 26379 where there is no port, and the master', () => {
    const client = connections('sentinel://one:5000,two/main').forCommands();
    expect(client.options).toMatchObject({
      name: 'main',
      sentinels: [
        { host: 'one', port: 5000 },
        { host: 'two', port: 26379 },
      ],
    });
  });
});

describe('several addresses', () => {
  it('mean Redis Cluster, with the password of the addresses for every node, and scripts run there', async () => {
    const cluster = await startCluster('a-password');
    try {
      const all = connections(cluster.urls);
      expect(all.isCluster).toBe(true);
      const client = await ready(all.forCommands());
      const limiter = new Script(join(__dirname, 'rate-limit.lua'));
      const tags = Array.from({ length: 16 }, (_, partition) => `{p:${partition}}`);
      const answers = tags.map((tag) =>
        limiter.run(client, { hits: `${tag}:hits` }, { limit: 1, window_ms: 1000, count: 1, nonce: 'n' }),
      );
      expect(await Promise.all(answers)).toEqual(tags.map(() => [1, 1, 1000]));
    } finally {
      opened.splice(0).forEach((each) => each.closeAll());
      await cluster.stop();
    }
  });

  it('a command whose reply was cut is not sent again', async () => {
    const cluster = await startCluster('a-password');
    try {
      const client = await ready(connections(cluster.urls, 60_000).forCommands());
      await client.set('counted', 0);
      const nodes = 'nodes' in client ? client.nodes('master') : [];
      cluster.nodes.forEach((node) => node.pause());
      const counted = timed(client.incr('counted'));
      // It leaves at the end of this turn.
      await new Promise((resolve) => setImmediate(resolve));
      await until(() => nodes.every(({ stream }) => !stream || stream.writableLength === 0));
      for (const { stream } of nodes) stream?.destroy();
      cluster.nodes.forEach((node) => node.resume());
      expect(isRedisTrouble((await counted).error)).toBe(true);
      await until(async () => (await client.get('counted').catch(() => null)) === '1');
    } finally {
      opened.splice(0).forEach((each) => each.closeAll());
      await cluster.stop();
    }
  }, 30_000);

  it('pass user, password and encryption on to every node', () => {
    const urls = 'rediss://herald:p%40ss@127.0.0.1:1,rediss://herald:p%40ss@127.0.0.1:2';
    const { options } = connections(urls).forCommands();
    expect(options).toMatchObject({ redisOptions: { username: 'herald', password: 'p@ss', tls: {} } });
  });

  it('are not looked for in the list of sentinels', () => {
    expect(connections('sentinel://one:5000,two:5000/main').isCluster).toBe(false);
  });
});
