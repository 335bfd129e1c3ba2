import { randomBytes, randomUUID } from 'node:crypto';
import { startRedis, type RunningRedis } from '../../../e2e/stack/redis';
import { newEvent, newReport } from '../../test/builders';
import { ignoreErrors, ready } from '../../test/redis';
import { Keyspace } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { Claims } from './claims';
import { Queue } from './queue';

const EVENTS = 8000;
const BATCH = 500;
const PAYLOAD_BYTES = 300;
/** What is promised for a sent event with its record, its place in the index and its share of everything else. */
const MOST_BYTES = 900;

const keyspace = new Keyspace('herald', 8);
let server: RunningRedis;
let connections: RedisConnections;
let redis: RedisClient;
let reader: RedisClient;
let queue: Queue;
let worker: Claims;

beforeAll(async () => {
  server = await startRedis({ appendonly: false });
  connections = new RedisConnections({ url: server.url, commandTimeoutMs: 20_000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
  reader = await ready(connections.forBlockingReads());
  queue = new Queue(redis, keyspace);
  worker = new Claims(redis, keyspace, 'worker');
});
afterAll(async () => {
  connections.closeAll();
  await server.stop();
});

/** As curl sends it. Most of its 300 bytes are noise, which does not compress: orders take less. */
function order(): NewEvent {
  const eventId = randomUUID();
  const known = { event_id: eventId, order_id: '10012345', user_id: 'user-12345', total: '129.90', note: '' };
  const length = PAYLOAD_BYTES - JSON.stringify(known).length;
  const payload = JSON.stringify({ ...known, note: randomBytes(length).toString('base64').slice(0, length) });
  const headers = {
    host: 'localhost:3000',
    'user-agent': 'curl/7.88.1',
    accept: '*/*',
    'x-timestamp': '1795526247',
    'x-signature': '[redacted]',
    'content-length': String(PAYLOAD_BYTES),
    'content-type': 'application/x-www-form-urlencoded',
  };
  return newEvent({ eventId, orderId: known.order_id, userId: known.user_id, payload, headers });
}

async function deliver(events: NewEvent[]): Promise<void> {
  await worker.createGroups();
  await Promise.all(events.map((event) => queue.enqueue(event)));
  const entries = await worker.read(reader, keyspace.partitions, events.length);
  const claims = await Promise.all(entries.map((entry) => worker.begin(entry)));
  const message = 'projects/herald-demo/messages/0:1500415314455276%31bd1c9631bd1c96';
  const report = newReport({ message, target: 'token …a1b2c3 (sha256 12345678)', code: null });
  const answers = await Promise.all(claims.map((claim) => worker.complete(claim!, report)));
  expect(answers.filter((answer) => answer === 'sent')).toHaveLength(events.length);
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
}

it('a sent event with a payload of 300 bytes takes at most 900 bytes of Redis', async () => {
  expect(order().payload).toHaveLength(PAYLOAD_BYTES);
  // Scripts, groups and buffers are there before the first event.
  await deliver([order()]);
  const before = await usedMemory();
  for (let taken = 0; taken < EVENTS; taken += BATCH) await deliver(Array.from({ length: BATCH }, order));
  const bytes = ((await usedMemory()) - before) / EVENTS;
  expect(bytes).toBeGreaterThan(PAYLOAD_BYTES);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
}, 60_000);
