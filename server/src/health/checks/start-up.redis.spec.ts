import { type RunningRedis, startRedis } from '../../../../e2e/stack/redis';
import { freePort } from '../../../../e2e/stack/processes';
import { newConfig, newEvent } from '../../../test/builders';
import { RecordingLogger } from '../../../test/recording-logger';
import { ignoreErrors, ready, useRedis } from '../../../test/redis';
import { until } from '../../../test/until';
import { systemClock } from '../../config/clock';
import { StartRefused } from '../../config/start-up';
import { Keyspace } from '../../events/keys';
import { Queue } from '../../queue/queue';
import { Store } from '../../queue/store';
import { RedisConnections } from '../../redis/connections';
import { StartUp } from './start-up';

const PARTITIONS = 3;
const EVICTING = ['--maxmemory', '1gb', '--maxmemory-policy', 'allkeys-lru'];
const test = useRedis({ partitions: PARTITIONS });
const begun: { startUp: StartUp; connections: RedisConnections }[] = [];

let server: RunningRedis | undefined;

afterEach(async () => {
  for (const { startUp, connections } of begun.splice(0)) {
    startUp.stop();
    connections.closeAll();
  }
  await server?.stop();
  server = undefined;
});

/** The part of a process that looks around before anything else, on a connection of its own. */
async function newStartUp({ url = test.url, partitions = PARTITIONS, away = false } = {}) {
  const connections = new RedisConnections({ url, commandTimeoutMs: 2000 }, ignoreErrors);
  const redis = connections.forCommands();
  if (!away) await ready(redis);
  const store = new Store(redis, new Keyspace(test.prefix, partitions));
  const logger = new RecordingLogger();
  const startUp = new StartUp(redis, store, newConfig({}, 'worker'), systemClock, logger);
  begun.push({ startUp, connections });
  return { startUp, store, logger, redis };
}

describe('at its start a process', () => {
  it('passes, and says in one sentence each what is not as it should be', async () => {
    const { startUp, store, logger } = await newStartUp();
    await startUp.begin();
    expect({ passed: startUp.passed, agreed: store.agreed }).toEqual({ passed: true, agreed: true });
    // The Redis of the tests keeps no file.
    expect(logger.texts('warn')).toEqual([
      'appendonly is off: when Redis ends, events that were answered with 202 are gone. CONFIG SET appendonly yes, and the same in its configuration.',
    ]);
  });

  it('does not start beside events of another number of partitions', async () => {
    await new Queue(test.redis, test.keyspace).enqueue(newEvent());
    const { startUp, store } = await newStartUp({ partitions: 5 });
    await expect(startUp.begin()).rejects.toThrow(StartRefused);
    await expect(startUp.begin()).rejects.toThrow(
      'Herald does not start. The events in Redis were taken in with PARTITIONS=3, and this process has PARTITIONS=5: ' +
        'it would lose sight of them. Set PARTITIONS to 3; to have another number, use another REDIS_PREFIX.',
    );
    expect({ passed: startUp.passed, agreed: store.agreed }).toEqual({ passed: false, agreed: false });
  });
});

describe('on a Redis of its own', () => {
  it('a process does not start where events would be evicted, and leaves nothing behind there', async () => {
    server = await startRedis({ args: EVICTING });
    const { startUp, store } = await newStartUp({ url: server.url });
    await expect(startUp.begin()).rejects.toThrow(/allkeys-lru: .* deletes events/);
    expect(store.agreed).toBe(false);
  });

  it('a process that started without Redis passes as soon as there is one', async () => {
    const port = await freePort();
    const { startUp } = await newStartUp({ url: `redis://127.0.0.1:${port}`, away: true });
    await startUp.begin();
    expect(startUp.passed).toBe(false);
    server = await startRedis({ port });
    await until(() => startUp.passed);
  });

  it('a process that started without Redis is refused when it is there', async () => {
    const port = await freePort();
    const { startUp } = await newStartUp({ url: `redis://127.0.0.1:${port}`, away: true });
    await startUp.begin();
    server = await startRedis({ port, args: EVICTING });
    expect(await startUp.refused).toBeInstanceOf(StartRefused);
    expect(startUp.passed).toBe(false);
  });

  it('a Redis that refuses commands is told once, and looked at again', async () => {
    server = await startRedis();
    const { startUp, logger, redis } = await newStartUp({ url: server.url });
    await redis.call('ACL', 'SETUSER', 'default', '-time');
    await startUp.begin();
    await until(() => logger.lines.length > 0);
    expect(startUp.passed).toBe(false);
    await redis.call('ACL', 'SETUSER', 'default', '+time');
    await until(() => startUp.passed);
    expect(logger.texts('warn')).toEqual([expect.stringMatching(/^Redis cannot be checked yet: NOPERM/)]);
  });
});
