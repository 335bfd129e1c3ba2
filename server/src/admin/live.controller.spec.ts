import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../../../e2e/stack/redis';
import { AS_ADMIN } from '../../test/admin';
import { startApi, type TestApi } from '../../test/api';
import { newEvent, newReport } from '../../test/builders';
import { EventStream } from '../../test/event-stream';
import { expectProblem, send } from '../../test/http';
import { ready } from '../../test/redis';
import { until } from '../../test/until';
import type { EventStatus, EventSummary, QueueSnapshot } from '../contract';
import type { NewEvent } from '../events/new-event';
import { Claims } from '../queue/claims';
import { Queue } from '../queue/queue';
import { RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';

const LIVE = '/api/admin/live';
const FAILURE = { code: 'UNAVAILABLE', message: 'The service is overloaded.' };
const failed = newReport({ outcome: 'failed', ...FAILURE });

let api: TestApi;
let streams: EventStream[];

async function listen(lastEventId?: string): Promise<EventStream> {
  const headers = { ...AS_ADMIN, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
  const stream = await EventStream.open(api.url + LIVE, headers);
  streams.push(stream);
  return stream;
}

/** Listens, and waits until the stream is up to date. */
async function listenFromNow(): Promise<EventStream> {
  const stream = await listen();
  await stream.next('queue');
  return stream;
}

async function enqueue(given: Partial<NewEvent> = {}): Promise<NewEvent> {
  const event = newEvent(given);
  expect(await api.app.get(Queue).enqueue(event)).toBe('accepted');
  return event;
}

const statusesOf = (stream: EventStream, { eventId }: NewEvent): EventStatus[] =>
  stream
    .named('event')
    .map(({ data }) => data as EventSummary)
    .filter(({ event_id }) => event_id === eventId)
    .map(({ status }) => status);

const told = (stream: EventStream, { eventId }: NewEvent) =>
  stream.next('event', ({ event_id }: EventSummary) => event_id === eventId);

const start = async (env?: Record<string, string>) => {
  api = await startApi(env);
  streams = [];
};
const stop = async () => {
  for (const stream of streams) stream.close();
  await api.app.close();
};

describe('live updates', () => {
  beforeEach(() => start());
  afterEach(stop);

  it('begin with the figures of the queue', async () => {
    const stream = await listen();
    const { data } = await stream.next('queue');
    expect(data).toEqual({ queued: 0, processing: 0, retrying: 0, failed: 0, oldest_age_ms: 0, workers: [] });
  });

  it('begin with the figures for everybody who joins, also when nothing changes', async () => {
    await listenFromNow();
    const second = await listen();
    await second.next('queue', undefined, 2000);
  });

  it('tell each change of status, in order', async () => {
    const stream = await listenFromNow();
    const claims = new Claims(api.redis, api.keyspace, 'worker');
    await claims.createGroups();
    const reader = await ready(api.app.get(RedisConnections).forBlockingReads());
    const claim = async () =>
      (await claims.begin((await claims.read(reader, api.keyspace.partitions, 1))[0]!))!;

    const event = await enqueue({ userId: 'ada', orderId: 'A-17' });
    await claims.bury(await claim(), failed, FAILURE);
    await api.app.get(Queue).replay(event.source, event.eventId);
    await claims.retry(await claim(), failed, FAILURE, 60_000, true);
    const wanted = ['queued', 'processing', 'failed', 'queued', 'processing', 'retrying'];
    await until(() => statusesOf(stream, event).length === wanted.length);
    expect(statusesOf(stream, event)).toEqual(wanted);

    const { data } = stream.named('event').at(-1)!;
    expect(data).toEqual({
      event_id: event.eventId,
      ...{ type: 'order.created', source: 'default', status: 'retrying', user_id: 'ada', order_id: 'A-17' },
      ...{
        attempts: 2,
        received_at: expect.any(String),
        updated_at: expect.any(String),
        last_error: FAILURE,
      },
    });
  });

  it('tell the figures when they change', async () => {
    const stream = await listenFromNow();
    await enqueue();
    await stream.next('queue', ({ queued }: QueueSnapshot) => queued === 1);
  });

  it('tell the figures again and again although nothing changes, so that silence means trouble', async () => {
    const stream = await listenFromNow();
    const told = stream.named('queue').length;
    await until(() => stream.named('queue').length >= told + 2, 8000);
  }, 10_000);

  it('tell many listeners the same', async () => {
    const listeners = await Promise.all([listenFromNow(), listenFromNow(), listenFromNow()]);
    const event = await enqueue();
    for (const stream of listeners) await told(stream, event);
    expect(listeners.map((stream) => statusesOf(stream, event))).toEqual([
      ['queued'],
      ['queued'],
      ['queued'],
    ]);
  });

  it('tell a newcomer nothing of what was before', async () => {
    const before = await enqueue();
    const stream = await listenFromNow();
    const after = await enqueue();
    await told(stream, after);
    expect(statusesOf(stream, before)).toEqual([]);
  });

  it('tell all of a burst', async () => {
    const stream = await listenFromNow();
    const events = await Promise.all(Array.from({ length: 300 }, () => enqueue()));
    await until(() => stream.named('event').length === 300);
    expect(new Set(stream.named('event').map(({ data }) => (data as EventSummary).event_id))).toEqual(
      new Set(events.map(({ eventId }) => eventId)),
    );
  });

  it('are for operators only', async () => {
    expectProblem(await send(api, LIVE), 'unauthorized');
  });
});

describe('a listener who comes back', () => {
  beforeEach(() => start());
  afterEach(stop);

  it('is told what happened meanwhile', async () => {
    const stream = await listenFromNow();
    await told(stream, await enqueue());
    stream.close();
    const missed = [await enqueue(), await enqueue(), await enqueue()];
    const again = await listen(stream.messages.at(-1)!.id);
    for (const event of missed) await told(again, event);
  });

  it('misses nothing either when nothing had happened before', async () => {
    const stream = await listenFromNow();
    stream.close();
    const missed = await enqueue();
    const again = await listen(stream.messages.at(-1)!.id);
    await told(again, missed);
  });

  it('is not told again what is long past', async () => {
    const past = await enqueue();
    const { updated_at } = (await told(await listen('0'), past)).data as EventSummary;
    const stream = await listenFromNow();
    // The place moves on while nothing happens, so that the next return need not begin at the last change.
    const place = await until(() => {
      const id = stream.messages.at(-1)!.id;
      return Number(id) > Date.parse(updated_at) && id;
    });
    const again = await listen(place);
    await told(again, await enqueue());
    expect(statusesOf(again, past)).toEqual([]);
  });

  it('in the middle of a storm misses none of it', async () => {
    const events: NewEvent[] = [];
    const storm = (async () => {
      for (let more = 0; more < 400; more++) events.push(await enqueue());
    })();
    const seen = new Set<string>();
    let lastId: string | undefined = '0';
    for (let returns = 0; returns < 6; returns++) {
      const stream: EventStream = await listen(lastId);
      await stream.next('event');
      stream.close();
      for (const { data } of stream.named('event')) seen.add((data as EventSummary).event_id);
      lastId = stream.messages.at(-1)!.id;
    }
    await storm;
    const last = await listen(lastId);
    await until(() => {
      for (const { data } of last.named('event')) seen.add((data as EventSummary).event_id);
      return seen.size === events.length;
    });
  });

  it.each(['', 'forged', '-5', '1e3', '9'.repeat(15), '9'.repeat(40)])(
    'with the id %j begins with now',
    async (id) => {
      const before = await enqueue();
      const stream = await listen(id);
      await stream.next('queue');
      await told(stream, await enqueue());
      expect(statusesOf(stream, before)).toEqual([]);
    },
  );
});

it('every stream ends when the api closes, and the api closes promptly', async () => {
  await start();
  const streams = await Promise.all([listenFromNow(), listenFromNow()]);
  const before = performance.now();
  await api.app.close();
  expect(performance.now() - before).toBeLessThan(2000);
  await until(() => streams.every(({ ended }) => ended));
});

it('a stream stays open while Redis restarts, and misses nothing', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'herald-live-'));
  let redis = await startRedis({ dir });
  await start({ REDIS_URL: redis.url });
  try {
    const stream = await listenFromNow();
    await told(stream, await enqueue());
    await redis.kill();
    redis = await startRedis({ dir, port: redis.port });
    const event = newEvent();
    await until(() =>
      api.app
        .get(Queue)
        .enqueue(event)
        .catch((error: unknown) => {
          if (isRedisTrouble(error)) return null;
          throw error;
        }),
    );
    await told(stream, event);
    await stream.next('queue', ({ queued }: QueueSnapshot) => queued === 2);
    expect(stream.ended).toBe(false);
  } finally {
    await stop();
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  }
}, 30_000);
