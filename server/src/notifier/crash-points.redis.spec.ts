import { mistakesInBooks } from '../../test/books';
import { newEvent } from '../../test/builders';
import { Life, MortalProvider } from '../../test/mortal';
import { TestWorker } from '../../test/notifier';
import { useRedis } from '../../test/redis';
import { DELIVERED, refused, ScriptedProvider } from '../../test/scripted-provider';
import { until } from '../../test/until';
import { systemClock } from '../config/clock';
import type { EventStatus } from '../contract';
import { Devices } from '../devices/devices';
import { Events } from '../events/events';
import { CONSUMER_GROUP, DEFAULT_SOURCE, Keyspace } from '../events/keys';
import { Claims } from '../queue/claims';
import { Inspector } from '../queue/inspector';
import { Queue } from '../queue/queue';
import { Upkeep } from '../queue/upkeep';
import { Workers } from '../queue/workers';
import { Janitor } from './janitor';

const WAIT_MS = 20_000;
const LEASE_MS = 30_000;
const UPKEEP = { leaseMs: LEASE_MS, maxDeliveries: 3, retentionS: 3600, dedupeTtlS: 3600 };

/** What each event's device says, in turn; the last answer stays. Each has a user and a device of its own name. */
const EVENTS = {
  smooth: [DELIVERED],
  retried: [refused('server'), DELIVERED],
  replayed: [refused('message'), DELIVERED],
  hopeless: [refused('target_gone')],
  /** Left behind by a worker that died before. */
  orphan: [DELIVERED],
  /** Whose stream entry got lost. */
  lost: [DELIVERED],
};
type Name = keyof typeof EVENTS;
const NAMES = Object.keys(EVENTS) as Name[];
const TAKEN_IN = ['smooth', 'retried', 'replayed', 'hopeless'] as const;

/** Everything a process asks of the world on its way: each is an await that it may not come back from. */
const AWAITS = [
  // Both ask first what all processes agreed on.
  'hmget',
  // The api takes in and replays.
  ...['enqueue', 'replay'],
  // The consumer: its groups, what it was given before, new entries.
  ...['watch', 'xreadgroup'],
  // One attempt: the claim, its targets, the messages, the outcome, what it told of the devices.
  ...['begin', 'targets', 'send', 'complete', 'retry', 'bury', 'set-aside'],
  // Heartbeat, promoter, reclaimer, janitor.
  ...['xclaim', 'sign-of-life', 'promote', 'reclaim', 'purge', 'mend', 'hvals', 'xinfo', 'retire'],
  // Signing off.
  ...['hand-back', 'hdel'],
];

const test = useRedis({ partitions: 1 });
let worlds = 0;

/** FCM, the sender, the operator and the other workers outlive the process. */
let prefix: string;
let keyspace: Keyspace;
let fcm: ScriptedProvider;
let queue: Queue;
let events: Events;
let inspector: Inspector;

const event = (name: Name) => newEvent({ eventId: name, userId: name });
const statusOf = async (name: Name) => (await events.find(DEFAULT_SOURCE, name))?.status;
const sends = (name: Name) => fcm.sentTo.filter((address) => address === name).length;

async function beginWorld(): Promise<void> {
  prefix = `${test.prefix}-${++worlds}`;
  keyspace = new Keyspace(prefix, 1);
  fcm = new ScriptedProvider();
  queue = new Queue(test.redis, keyspace);
  events = new Events(test.redis, keyspace);
  inspector = new Inspector(test.redis, keyspace, new Workers(test.redis, keyspace), systemClock);
  const devices = new Devices(test.redis, prefix);
  for (const name of NAMES) {
    fcm.answer(name, ...EVENTS[name]);
    await devices.register({ userId: name, token: name });
  }

  await queue.enqueue(event('orphan'));
  const dead = new Claims(test.redis, keyspace, 'dead');
  await dead.createGroups();
  for (const entry of await dead.read(test.redis, keyspace.partitions, 1)) await dead.begin(entry);
  await leasesRunOut();
  await queue.enqueue(event('lost'));
  const { stream } = keyspace.partitions[0]!.keys;
  const [entryId] = (await test.redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]!;
  await test.redis.xdel(stream, entryId);
}

/** What time would do to everything that is in somebody's hands. */
async function leasesRunOut(): Promise<void> {
  const { stream } = keyspace.partitions[0]!.keys;
  const pending = (await test.redis.xpending(stream, CONSUMER_GROUP, '-', '+', 100)) as [string, string][];
  for (const [entry, owner] of pending)
    await test.redis.call('XCLAIM', stream, CONSUMER_GROUP, owner, 0, entry, 'IDLE', 2 * LEASE_MS, 'JUSTID');
}

/** One process that is api and worker, through everything both ever do; `life` decides how far it comes. */
async function walk(life: Life, answered: Set<Name>): Promise<void> {
  const connections = life.connect({ url: test.url, commandTimeoutMs: 5000 });
  const worker = await TestWorker.create({
    ...{ url: test.url, prefix, partitions: 1, connections, leaseMs: LEASE_MS, concurrency: 1 },
    provider: new MortalProvider(life, fcm),
    settings: { retryDelaysMs: [0] },
  });
  const { redis, consumer, upkeep, workers, claims, metrics, logger } = worker;
  const counts = async (wanted: Partial<Record<EventStatus, number>>) =>
    until(async () => {
      if (life.isOver) return true;
      const now = await inspector.counts();
      const hasCome = Object.entries(wanted).every(([status, n]) => now[status as EventStatus] === n);
      return hasCome && consumer.entriesInFlight().length === 0;
    }, WAIT_MS);

  const api = new Queue(redis, keyspace);
  for (const name of TAKEN_IN) {
    await api.enqueue(event(name));
    answered.add(name);
  }
  fcm.hold();
  consumer.start();
  await until(() => fcm.inFlight === 1 || life.isOver, WAIT_MS);
  await worker.heartbeat.run();
  fcm.release();
  await counts({ sent: 1, retrying: 1, failed: 2 });
  await worker.promoter.run();
  await counts({ sent: 2 });
  await worker.reclaimer.run();
  await counts({ sent: 3 });
  await api.replay(DEFAULT_SOURCE, 'replayed');
  await counts({ sent: 4 });
  const forgetting = new Upkeep(redis, keyspace, { ...UPKEEP, deadRetentionS: 0 });
  await new Janitor(forgetting, workers, claims.owner, systemClock, metrics, logger, 0).run();
  await counts({ sent: 5, failed: 0 });

  // As `NotifierModule` does it when it is told to stop.
  await consumer.stop(WAIT_MS);
  await upkeep.retire(claims.owner, 0);
  await workers.remove(claims.owner);
  connections.closeAll();
}

/** The sender repeats what nobody answered, the operator replays what failed, another worker does its work. */
async function goOn(answered: ReadonlySet<Name>): Promise<void> {
  for (const name of TAKEN_IN) {
    const answer = await queue.enqueue(event(name));
    expect({ name, answer }).not.toEqual({ name, answer: 'conflict' });
    if (answered.has(name)) expect({ name, answer }).toEqual({ name, answer: 'duplicate' });
  }
  const options = { url: test.url, prefix, partitions: 1, provider: fcm, settings: { retryDelaysMs: [0] } };
  const survivor = await TestWorker.create({ ...options, leaseMs: LEASE_MS });
  await survivor.claims.createGroups();
  await leasesRunOut();
  await workOff(survivor);
  if ((await statusOf('replayed')) === 'failed') {
    await queue.replay(DEFAULT_SOURCE, 'replayed');
    await workOff(survivor);
  }
  survivor.connections.closeAll();
}

async function workOff({ claims, upkeep, notifier }: TestWorker): Promise<void> {
  await upkeep.reclaim(claims.owner);
  await upkeep.mend();
  for (let rounds = 0; (await inspector.totals()).queue_size > 0; rounds++) {
    expect(rounds).toBeLessThan(10);
    await upkeep.promote();
    for (const entry of await claims.read(test.redis, keyspace.partitions, 100)) {
      const claim = await claims.begin(entry);
      if (claim) await notifier.notify(claim, (write) => write());
    }
  }
}

/** What a process that does not die sends, by event. */
const HEALTHY: Record<Name, number> = { smooth: 1, retried: 2, replayed: 2, hopeless: 1, orphan: 1, lost: 1 };

async function expectAllIsWell(): Promise<void> {
  expect(await mistakesInBooks(test.redis, keyspace)).toEqual([]);
  const found = await Promise.all(NAMES.map((name) => events.find(DEFAULT_SOURCE, name)));
  const statuses = Object.fromEntries(NAMES.map((name, at) => [name, found[at]?.status]));
  expect(statuses).toMatchObject({
    smooth: 'sent',
    retried: 'sent',
    replayed: 'sent',
    orphan: 'sent',
    lost: 'sent',
  });
  // Whether it is still kept depends on how far the janitor came.
  expect(['failed', undefined]).toContain(statuses.hopeless);
  for (const name of NAMES) expect({ name, sends: sends(name) }).not.toEqual({ name, sends: 0 });
  const repeats = NAMES.map((name) => Math.max(0, sends(name) - HEALTHY[name])).reduce((a, b) => a + b);
  expect(repeats).toBeLessThanOrEqual(1);
  // Every message is accounted for by an attempt.
  for (const event of found)
    if (event) expect(event.attempts).toBeGreaterThanOrEqual(sends(event.event_id as Name));
}

it('a process that does not die passes every point of the table, and no other', async () => {
  const life = new Life();
  await beginWorld();
  await walk(life, new Set());
  await expectAllIsWell();
  for (const name of NAMES) expect({ name, sends: sends(name) }).toEqual({ name, sends: HEALTHY[name] });
  const passed = new Set(life.points.map((point) => point.replace(/^(before|after) /, '')));
  expect([...passed].sort()).toEqual([...AWAITS].sort());
});

describe.each(AWAITS)('a process that dies at %s', (what) => {
  it.each(['before', 'after'])(
    '%s it, every time it comes there, loses nothing',
    async (side) => {
      for (let nth = 1; ; nth++) {
        await beginWorld();
        const life = new Life(`${side} ${what}`, nth);
        const answered = new Set<Name>();
        const end = await Promise.race([walk(life, answered), life.death]);
        if (end !== 'died') return expect(nth).toBeGreaterThan(1);
        fcm.release();
        await goOn(answered);
        await expectAllIsWell();
      }
    },
    60_000,
  );
});
