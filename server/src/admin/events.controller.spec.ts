import { ask } from '../../test/admin';
import { useApi } from '../../test/api';
import { newEvent, newReport } from '../../test/builders';
import { expectProblem, send } from '../../test/http';
import { ready } from '../../test/redis';
import { until } from '../../test/until';
import { order, post } from '../../test/webhooks';
import type { EventDetail, EventStatus, EventSummary, Page } from '../contract';
import type { NewEvent } from '../events/new-event';
import { type Claim, Claims } from '../queue/claims';
import { Queue } from '../queue/queue';
import { type RedisClient, RedisConnections } from '../redis/connections';

const EVENTS = '/api/admin/events';
const FAILURE = { code: 'UNAVAILABLE', message: 'The service is overloaded.' };

const api = useApi();
let queue: Queue;
let claims: Claims;
let reader: RedisClient;

beforeAll(async () => {
  queue = api.app.get(Queue);
  claims = new Claims(api.redis, api.keyspace, 'worker');
  await claims.createGroups();
  reader = await ready(api.app.get(RedisConnections).forBlockingReads());
});

/** An event at the given status. Events come in one after the other, each at a millisecond of its own. */
async function event(status: EventStatus, given: Partial<NewEvent> = {}): Promise<NewEvent> {
  const event = newEvent(given);
  const before = Date.now();
  await until(() => Date.now() > before);
  expect(await queue.enqueue(event)).toBe('accepted');
  if (status === 'queued') return event;
  const claim = await claimOf(event);
  const failed = newReport({ outcome: 'failed', ...FAILURE });
  if (status === 'sent') await claims.complete(claim, newReport());
  if (status === 'retrying') await claims.retry(claim, failed, FAILURE, 60_000, true);
  if (status === 'failed') await claims.bury(claim, failed, FAILURE);
  return event;
}

async function claimOf({ source, eventId }: NewEvent): Promise<Claim> {
  const entries = [
    ...(await claims.pending(api.keyspace.partitions)),
    ...(await claims.read(reader, api.keyspace.partitions, 100)),
  ];
  return (await claims.begin(entries.find(({ recordId }) => recordId === `${source}/${eventId}`)!))!;
}

async function list(query = ''): Promise<Page<EventSummary>> {
  const answer = await ask(api, `${EVENTS}?${query}`);
  expect(answer.status).toBe(200);
  return answer.body as Page<EventSummary>;
}

const ids = ({ items }: Page<EventSummary>) => items.map(({ event_id }) => event_id);

describe('the list', () => {
  let other: NewEvent;

  beforeAll(async () => {
    other = await event('sent', { source: 'shop', type: 'order.paid', userId: 'bob', orderId: 'B-1' });
    await event('sent', { eventId: 'list.sent' });
    await event('failed', { eventId: 'list.failed' });
    await event('retrying', { eventId: 'list.retrying' });
    await event('processing', { eventId: 'list.processing' });
    await event('queued', { eventId: 'list.queued' });
  });

  const newestFirst = ['queued', 'processing', 'retrying', 'failed', 'sent'].map(
    (status) => `list.${status}`,
  );

  it('has all events, newest first', async () => {
    const page = await list();
    expect(ids(page)).toEqual([...newestFirst, other.eventId]);
    expect(page.next_cursor).toBeNull();
  });

  it('shows of an event what the contract says', async () => {
    const page = await list('event_id=list.failed');
    expect(page.items).toEqual([
      {
        event_id: 'list.failed',
        type: 'order.created',
        source: 'default',
        status: 'failed',
        user_id: 'user-1',
        order_id: 'order-1',
        attempts: 1,
        received_at: expect.stringMatching(/Z$/),
        updated_at: expect.stringMatching(/Z$/),
        last_error: FAILURE,
      },
    ]);
  });

  it.each<[string, string[]]>([
    ['status=failed', ['list.failed']],
    ['status=failed&status=retrying', ['list.retrying', 'list.failed']],
    ['type=order.paid', ['other']],
    ['event_id=list.', newestFirst],
    ['event_id=list.q', ['list.queued']],
    ['event_id=ist', []],
    ['user_id=bob', ['other']],
    ['user_id=bo', []],
    ['order_id=B-1', ['other']],
    ['error=UNAVAILABLE', ['list.retrying', 'list.failed']],
    ['error=UNREGISTERED', []],
    ['error=UNAVAILABLE&status=failed&event_id=list', ['list.failed']],
    ['from=2020-01-01&event_id=list.s', ['list.sent']],
    ['from=2120-01-01T00:00:00Z', []],
    ['to=2020-01-01', []],
    ['to=2120-01-01T00:00:00.000Z&event_id=list.s', ['list.sent']],
    ['status=&type=&event_id=list.s', ['list.sent']],
  ])('with ?%s is %j', async (query, found) => {
    const expected = found.map((id) => (id === 'other' ? other.eventId : id));
    expect(ids(await list(query))).toEqual(expected);
  });

  it('takes both ends of a span of time', async () => {
    const { items } = await list('event_id=list.failed');
    const at = encodeURIComponent(items[0]!.received_at);
    expect(ids(await list(`from=${at}&to=${at}`))).toEqual(['list.failed']);
  });

  it('understands a time with an offset', async () => {
    const { items } = await list('event_id=list.failed');
    const berlin = new Date(Date.parse(items[0]!.received_at) + 3_600_000)
      .toISOString()
      .replace('Z', '+01:00');
    const at = encodeURIComponent(berlin);
    expect(ids(await list(`from=${at}&to=${at}`))).toEqual(['list.failed']);
  });

  it('goes on where a page ended, without gaps or repetitions', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 1; cursor !== null; pages++) {
      const page: Page<EventSummary> = await list(`limit=2&cursor=${cursor}`);
      expect(page.items).toHaveLength(2);
      seen.push(...ids(page));
      cursor = page.next_cursor;
      expect(pages).toBeLessThanOrEqual(3);
    }
    expect(seen).toEqual([...newestFirst, other.eventId]);
  });

  it('holds as many as are asked for', async () => {
    expect((await list('limit=1')).items).toHaveLength(1);
    expect((await list('limit=100')).items).toHaveLength(6);
  });
});

it('lists 20 events unless more are asked for', async () => {
  for (let more = 0; more < 21; more++) await queue.enqueue(newEvent({ userId: 'many' }));
  const page = await list('user_id=many');
  expect(page.items).toHaveLength(20);
  expect(page.next_cursor).toEqual(expect.any(String));
  expect((await list('user_id=many&limit=100')).items).toHaveLength(21);
});

describe('a query that makes no sense', () => {
  it.each([
    ['limit=', 'limit'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=abc', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['status=done', 'status'],
    ['status=failed,sent', 'status'],
    ['status=failed&status=done', 'status'],
    ['type=a&type=b', 'type'],
    ['event_id=a/b', 'event_id'],
    ['event_id=a&event_id=b', 'event_id'],
    ['user_id=a&user_id=b', 'user_id'],
    ['order_id=a&order_id=b', 'order_id'],
    ['error=a&error=b', 'error'],
    ['cursor=a&cursor=b', 'cursor'],
    ['cursor=forged', 'cursor'],
    ['cursor=MTIz', 'cursor'],
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['from=2026-W01', 'from'],
    ['from=2026-300', 'from'],
    ['from=2026-11-01T12:00', 'from'],
    ['from=1761998400000', 'from'],
    ['from=2026-01-01&from=2026-01-02', 'from'],
    ['to=2026-13-01T00:00:00Z', 'to'],
    ['colour=blue', 'colour'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
  ])('%s is refused, and the parameter is named', async (query, field) => {
    const answer = await ask(api, `${EVENTS}?${query}`);
    expectProblem(answer, 'invalid_query', { details: [{ field, message: expect.any(String) }] });
  });

  it.each([
    ['limit=1&limit=2', 'must be a whole number from 1 to 100'],
    ['limit=500', 'must be from 1 to 100'],
    ['type=a&type=b', 'must be given once'],
    ['status=done', 'must be one of queued, processing, retrying, sent, failed'],
    ['cursor=forged', 'must be a next_cursor of a page'],
    ['from=2026-W01', 'must be an ISO 8601 date, or a time with its offset (Z)'],
  ])('%s is told that it %s', async (query, message) => {
    const { body } = await ask(api, `${EVENTS}?${query}`);
    expect((body as { details: { message: string }[] }).details[0]!.message).toBe(message);
  });

  it('is told of every parameter that is wrong', async () => {
    const { body } = await ask(api, `${EVENTS}?limit=0&status=done&colour=blue`);
    const fields = (body as { details: { field: string }[] }).details.map(({ field }) => field);
    expect(fields.toSorted()).toEqual(['colour', 'limit', 'status']);
  });
});

describe('one event', () => {
  it('shows its payload, its headers and its history, newest first', async () => {
    const body = order({ event_id: 'detail', note: 'kept' });
    expect((await post(api, body, { 'x-shop': 'north' })).status).toBe(202);
    const answer = await ask(api, `${EVENTS}/detail`);
    expect(answer.status).toBe(200);
    const detail = answer.body as EventDetail;
    expect(detail).toMatchObject({ event_id: 'detail', status: 'queued', attempts: 0, payload: body });
    expect(detail.history).toEqual([{ kind: 'received', at: detail.received_at }]);
    expect(JSON.stringify(detail.headers)).not.toMatch(/[0-9a-f]{64}/);
  });

  it('shows every number as it came, also what no double can hold', async () => {
    const numbers = '{"big":9007199254740993,"huge":1e400,"price":1.10,"minus":-0}';
    await event('queued', { eventId: 'exact', payload: `{"event_id":"exact","numbers":${numbers}}` });
    expect((await ask(api, `${EVENTS}/exact`)).text).toContain(`"numbers":${numbers}`);
  });

  it('shows every attempt', async () => {
    const { eventId } = await event('failed');
    const { history } = (await ask(api, `${EVENTS}/${eventId}`)).body as EventDetail;
    expect(history).toMatchObject([
      { kind: 'dead_lettered', code: 'UNAVAILABLE' },
      { kind: 'attempt', outcome: 'failed', code: 'UNAVAILABLE', duration_ms: 12, counted: true },
      { kind: 'received' },
    ]);
  });

  it('belongs to its source', async () => {
    const { eventId } = await event('queued', { source: 'shop' });
    expect((await ask(api, `${EVENTS}/${eventId}?source=shop`)).body).toMatchObject({ source: 'shop' });
    expect((await ask(api, `${EVENTS}/${eventId}`)).status).toBe(404);
    expect((await ask(api, `${EVENTS}/${eventId}?source=default`)).status).toBe(404);
  });

  it('that nobody knows is not found, and the sentence says which', async () => {
    const answer = await ask(api, `${EVENTS}/no-such-event`);
    const error = 'There is no event no-such-event; it may have been purged';
    expectProblem(answer, 'not_found', { error });
  });

  it.each(['%2F', '..%2F..', '%00', 'x'.repeat(2000)])('called %s is not found either', async (id) => {
    expect((await ask(api, `${EVENTS}/${id}`)).status).toBe(404);
  });

  it.each(['source=', 'source=default'])('is of the default source with ?%s', async (query) => {
    const { eventId } = await event('queued');
    expect((await ask(api, `${EVENTS}/${eventId}?${query}`)).status).toBe(200);
  });

  it.each(['source=A', 'source=a/b', 'source=a&source=b', 'colour=blue'])(
    'with ?%s is refused',
    async (query) => {
      expect((await ask(api, `${EVENTS}/some-event?${query}`)).body).toMatchObject({ code: 'invalid_query' });
    },
  );
});

describe('a replay', () => {
  const replay = (id: string, query = '') => ask(api, `${EVENTS}/${id}/replay${query}`, { method: 'POST' });

  it.each<EventStatus>(['sent', 'failed'])(
    'queues a %s event again and keeps its history',
    async (status) => {
      const { eventId } = await event(status);
      const before = (await ask(api, `${EVENTS}/${eventId}`)).body as EventDetail;
      const answer = await replay(eventId);
      expect(answer).toMatchObject({ status: 202, body: { status: 'queued', event_id: eventId } });
      const after = (await ask(api, `${EVENTS}/${eventId}`)).body as EventDetail;
      expect(after).toMatchObject({ status: 'queued', attempts: 1, last_error: null });
      expect(after.history.slice(1)).toEqual(before.history);
      expect(after.history[0]).toMatchObject({ kind: 'replayed' });
    },
  );

  it.each<EventStatus>(['queued', 'processing', 'retrying'])('of a %s event is refused', async (status) => {
    const { eventId } = await event(status);
    expectProblem(await replay(eventId), 'not_replayable');
    expect((await ask(api, `${EVENTS}/${eventId}`)).body).toMatchObject({ status });
  });

  it('of an event that nobody knows is not found', async () => {
    expect(await replay('no-such-event')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('asked for by many at once happens once', async () => {
    const { eventId } = await event('failed');
    const answers = await Promise.all(Array.from({ length: 10 }, () => replay(eventId)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, ...Array(9).fill(409)]);
  });

  it('asked for again with the same Idempotency-Key happens once, and is answered as before', async () => {
    const { eventId } = await event('failed');
    const again = (key: string) =>
      ask(api, `${EVENTS}/${eventId}/replay`, { method: 'POST', headers: { 'idempotency-key': key } });
    for (let i = 0; i < 3; i += 1) expect(await again('wish:1')).toMatchObject({ status: 202 });
    const { history } = (await ask(api, `${EVENTS}/${eventId}`)).body as EventDetail;
    expect(history.filter(({ kind }) => kind === 'replayed')).toHaveLength(1);
    expectProblem(await again('wish:2'), 'not_replayable');
    expect(await again('no wish')).toMatchObject({ status: 400, body: { code: 'invalid_query' } });
  });

  it('of an event of another source needs its name', async () => {
    const { eventId } = await event('sent', { source: 'shop' });
    expect((await replay(eventId)).status).toBe(404);
    expect((await replay(eventId, '?source=shop')).status).toBe(202);
    expect((await ask(api, `${EVENTS}/${eventId}?source=shop`)).body).toMatchObject({ status: 'queued' });
  });
});

it.each([
  ['GET', EVENTS],
  ['GET', `${EVENTS}/some-event`],
  ['POST', `${EVENTS}/some-event/replay`],
])('nobody without a token may %s %s', async (method, path) => {
  expectProblem(await send(api, path, { method }), 'unauthorized');
});
