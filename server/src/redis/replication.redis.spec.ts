import { randomBytes } from 'node:crypto';
import { newEvent } from '../../test/builders';
import { useReplicatedRedis } from '../../test/replicated';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { Keyspace, recordId } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import { Queue } from '../queue/queue';
import { type RedisClient, RedisConnections } from './connections';
import { NotReplicatedError, ReplicatedScripts } from './replication';
import { isRedisTrouble } from './trouble';

/** As the api's. */
const COMMAND_MS = 900;
/** Within which a sender must know, in ms; COMMAND_MS on a machine with nothing else to do. */
const PATIENCE_MS = 2000;

const redis = useReplicatedRedis();
let connections: RedisConnections;
let keyspace: Keyspace;
let queue: Queue;

beforeEach(async () => {
  keyspace = new Keyspace(`test-${randomBytes(6).toString('hex')}`, 3);
  await open(COMMAND_MS);
  await until(async () => (await enqueued(newEvent())) === 'accepted', 15_000);
});
afterEach(() => connections.closeAll());

async function open(commandTimeoutMs: number): Promise<void> {
  connections = new RedisConnections({ url: redis.master.url, commandTimeoutMs }, ignoreErrors);
  const scripts = await ReplicatedScripts.open(connections);
  queue = new Queue(await ready(connections.forCommands()), keyspace, { runIn: () => scripts.run });
}

/** What a sender is told, or why it is not told anything. */
function enqueued(event: NewEvent): Promise<unknown> {
  return queue.enqueue(event).catch((error: unknown) => error);
}

/** Which of the events a node does not have. */
async function missingOn(url: string, events: readonly NewEvent[]): Promise<NewEvent[]> {
  const all = new RedisConnections({ url, commandTimeoutMs: 5000 }, ignoreErrors);
  const client: RedisClient = await ready(all.forCommands());
  const found = await Promise.all(
    events.map(async (event) => {
      const id = recordId(event.source, event.eventId);
      return client.exists(keyspace.partitionOf(id).keys.event_prefix + id);
    }),
  );
  all.closeAll();
  return events.filter((_, index) => found[index] === 0);
}

describe('what waits for a replica', () => {
  it('is there when it is answered for, duplicates and replays too', async () => {
    const event = newEvent();
    expect(await queue.enqueue(event)).toBe('accepted');
    expect(await missingOn(redis.replica.url, [event])).toEqual([]);
    expect(await queue.enqueue(event)).toBe('duplicate');
    expect(await queue.enqueue({ ...event, payload: '{}' })).toBe('conflict');
    expect(await queue.replay(event.source, event.eventId)).toBe('not_replayable');
  });

  it('is refused as itself when something else is in its place, and nothing is promised', async () => {
    const event = newEvent();
    const id = recordId(event.source, event.eventId);
    await redis.master.ask('RPUSH', keyspace.partitionOf(id).keys.event_prefix + id, 'in the way');
    const other = enqueued(newEvent());
    await expect(queue.enqueue(event)).rejects.toThrow(/^WRONGTYPE .+nothing was changed/);
    expect(await other).toBe('accepted');
  });

  it('waits together: one WAIT serves many', async () => {
    connections.closeAll();
    // A thousand at once take a busy machine longer than a sender waits.
    await open(60_000);
    await redis.master.ask('CONFIG', 'RESETSTAT');
    const events = Array.from({ length: 1000 }, () => newEvent());
    const answers = await Promise.all(events.map((event) => queue.enqueue(event)));
    expect(new Set(answers)).toEqual(new Set(['accepted']));
    const stats = String(await redis.master.ask('INFO', 'commandstats'));
    const calls = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    expect(calls('evalsha')).toBe(1000);
    expect(calls('wait')).toBeLessThanOrEqual(10);
    expect(await missingOn(redis.replica.url, events)).toEqual([]);
  });

  it('goes on after Redis has forgotten all scripts', async () => {
    await redis.master.ask('SCRIPT', 'FLUSH');
    const answers = await Promise.all(Array.from({ length: 20 }, () => queue.enqueue(newEvent())));
    expect(new Set(answers)).toEqual(new Set(['accepted']));
  });

  it('is settled in time while Redis hangs, and works again afterwards', async () => {
    redis.master.pause();
    const begun = performance.now();
    try {
      const answers = await Promise.all(Array.from({ length: 600 }, () => enqueued(newEvent())));
      expect(answers.filter((answer) => !isRedisTrouble(answer))).toEqual([]);
      expect(performance.now() - begun).toBeLessThan(PATIENCE_MS);
    } finally {
      redis.master.resume();
    }
    await until(async () => (await enqueued(newEvent())) === 'accepted', 15_000);
  });
});

describe('while the replica hangs', () => {
  it('nothing is promised, not even for a duplicate; when it is back, it is without any help', async () => {
    const event = newEvent();
    redis.replica.pause();
    try {
      expect(await enqueued(event)).toBeInstanceOf(NotReplicatedError);
      expect(await missingOn(redis.master.url, [event])).toEqual([]);
      expect(await enqueued(event)).toBeInstanceOf(NotReplicatedError);
    } finally {
      redis.replica.resume();
    }
    await until(async () => (await enqueued(event)) === 'duplicate', 15_000);
    expect(await missingOn(redis.replica.url, [event])).toEqual([]);
  });
});

describe('while the replica is gone', () => {
  it('all who wait at once are refused in time', async () => {
    await redis.replica.kill();
    const begun = performance.now();
    try {
      const answers = await Promise.all(Array.from({ length: 2000 }, () => enqueued(newEvent())));
      expect(answers.filter((answer) => !(answer instanceof NotReplicatedError))).toEqual([]);
      expect(performance.now() - begun).toBeLessThan(PATIENCE_MS);
    } finally {
      await redis.replica.start();
    }
    await until(async () => (await enqueued(newEvent())) === 'accepted', 15_000);
  });
});

describe('split brain', () => {
  it('an event answered for is on the promoted replica, although the old master goes on taking writes', async () => {
    const answered: NewEvent[] = [];
    const refused: unknown[] = [];
    let isOver = false;
    const send = async () => {
      while (!isOver) {
        const event = newEvent();
        const answer = await enqueued(event);
        if (answer === 'accepted') answered.push(event);
        else refused.push(answer);
      }
    };
    const senders = Array.from({ length: 20 }, send);
    await until(() => answered.length > 500, 15_000);
    await redis.replica.ask('REPLICAOF', 'NO', 'ONE');
    await until(() => refused.length > 20, 15_000);
    isOver = true;
    await Promise.all(senders);
    expect(await redis.master.ask('ROLE')).toEqual(['master', expect.any(Number), []]);
    expect(await missingOn(redis.replica.url, answered)).toEqual([]);
    // Who does not wait is told by the old master what will be lost.
    const plain = new Queue(await ready(connections.forCommands()), keyspace);
    const doomed = newEvent();
    expect(await plain.enqueue(doomed)).toBe('accepted');
    expect(await missingOn(redis.replica.url, [doomed])).toEqual([doomed]);

    await redis.replica.ask('REPLICAOF', '127.0.0.1', redis.master.port);
    await until(async () => (await enqueued(newEvent())) === 'accepted', 15_000);
  });
});
