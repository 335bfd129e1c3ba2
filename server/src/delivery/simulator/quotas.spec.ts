import { FCM_QUOTAS, Quotas } from '../../../../e2e/simulator/quotas';
import { type SimulatorClient, startClient } from '../../../test/fcm-simulator';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

const retryAfter = (refusal: ReturnType<Quotas['message']>) => refusal?.headers?.['retry-after'];

/** How many of `count` messages pass at one moment. */
function passing(count: number, ask: () => unknown): number {
  return Array.from({ length: count }, ask).filter((refusal) => refusal === undefined).length;
}

describe("a project's quota", () => {
  const quotas = () => new Quotas({ messages_per_minute: 60 });

  it('lets a minute of messages pass at once, then as many as come back', () => {
    const all = quotas();
    expect(passing(100, () => all.message('shop', 0))).toBe(60);
    expect(passing(100, () => all.message('shop', 10 * SECOND_MS))).toBe(10);
  });

  it('holds no more than a minute of messages, however long nothing came', () => {
    const all = quotas();
    all.message('shop', 0);
    expect(passing(100, () => all.message('shop', 60 * MINUTE_MS))).toBe(60);
  });

  it('can hold less', () => {
    const all = new Quotas({ messages_per_minute: 60, messages_burst: 5 });
    expect(passing(100, () => all.message('shop', 0))).toBe(5);
    expect(passing(100, () => all.message('shop', 2 * SECOND_MS))).toBe(2);
  });

  it('is its own', () => {
    const all = quotas();
    passing(60, () => all.message('shop', 0));
    expect(all.message('shop', 0)?.status).toBe(429);
    expect(all.message('other', 0)).toBeUndefined();
  });

  it('says after how many seconds the next message would pass, unless it shall say something else', () => {
    const all = new Quotas({ messages_per_minute: 6 });
    passing(6, () => all.message('shop', 0));
    expect(retryAfter(all.message('shop', 0))).toBe('10');
    expect(retryAfter(all.message('shop', 7 * SECOND_MS))).toBe('3');
    all.limits = { ...all.limits, retry_after_s: 99 };
    expect(retryAfter(all.message('shop', 7 * SECOND_MS))).toBe('99');
    all.limits = { ...all.limits, retry_after_s: 0 };
    expect(retryAfter(all.message('shop', 7 * SECOND_MS))).toBeUndefined();
  });
});

describe("a device's quota", () => {
  it('counts by the minute and by the hour', () => {
    const quotas = new Quotas({ device_per_minute: 240, device_per_hour: 300 });
    expect(passing(500, () => quotas.device('phone', false, 0))).toBe(240);
    // Two minutes later the minute's bucket is full again; the hour's has 60 and what came back.
    expect(passing(500, () => quotas.device('phone', false, 2 * MINUTE_MS))).toBe(70);
    expect(quotas.device('tablet', false, 0)).toBeUndefined();
  });

  it('of messages that may be collapsed is 20 and then one in three minutes', () => {
    const quotas = new Quotas({ collapsible_burst: 20, collapsible_every_s: 180 });
    expect(passing(30, () => quotas.device('phone', true, 0))).toBe(20);
    expect(passing(30, () => quotas.device('phone', true, 3 * MINUTE_MS))).toBe(1);
    expect(passing(30, () => quotas.device('phone', false, 0))).toBe(30);
  });

  it('that refuses takes nothing from the other', () => {
    const quotas = new Quotas({ device_per_minute: 1, device_per_hour: 2 });
    passing(10, () => quotas.device('phone', false, 0));
    expect(quotas.device('phone', false, MINUTE_MS)).toBeUndefined();
  });
});

describe('quotas over HTTP', () => {
  let client: SimulatorClient;
  afterEach(() => client.close());
  const statusOf = async (message: object) => (await client.send(message)).status;

  it('answer 429, which is counted and remembered but does not count against the project', async () => {
    client = await startClient({ settings: { quotas: { messages_per_minute: 3, device_per_minute: 1 } } });
    expect(await statusOf({ token: 'a', data: { event_id: 'e1' } })).toBe(200);
    expect(await statusOf({ token: 'a', data: { event_id: 'e2' } })).toBe(429);
    expect(await statusOf({ token: 'quota-1' })).toBe(429);
    // A refused message does count.
    expect((await client.post({ message: {} })).status).toBe(400);
    expect(await statusOf({ token: 'b' })).toBe(200);
    const reply = await client.send({ token: 'c', data: { event_id: 'e3' } });
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '20' } });
    expect(client.simulator.stats().by_answer).toEqual({ OK: 2, QUOTA_EXCEEDED: 3, INVALID_ARGUMENT: 1 });
    expect(client.simulator.received('e3')).toMatchObject([{ answer: 'QUOTA_EXCEEDED' }]);
    expect(client.simulator.inbox('c')).toEqual([]);
  });

  it("of collapsible messages does not apply when they need not wait, nor to another device's", async () => {
    client = await startClient({ settings: { quotas: { collapsible_burst: 1 } } });
    const collapsible = { token: 'a', android: { collapse_key: 'k' } };
    expect(await statusOf(collapsible)).toBe(200);
    expect(await statusOf(collapsible)).toBe(429);
    expect(await statusOf({ ...collapsible, android: { collapse_key: 'k', ttl: '0s' } })).toBe(200);
    expect(await statusOf({ ...collapsible, token: 'b' })).toBe(200);
    expect(await statusOf({ token: 'a' })).toBe(200);
  });

  it('limit messages to topics and calls about topics', async () => {
    client = await startClient({
      settings: { quotas: { fanouts_per_second: 0.01, topic_calls_per_second: 0.01 } },
    });
    client.simulator.set({ quotas: { fanouts_per_second: 1, topic_calls_per_second: 1, retry_after_s: 60 } });
    expect(await statusOf({ topic: 'news' })).toBe(200);
    expect(await client.send({ topic: 'news' })).toMatchObject({
      status: 429,
      headers: { 'retry-after': '60' },
    });
    expect((await client.topicCall('batchAdd', 'news', ['a'])).status).toBe(200);
    expect((await client.topicCall('batchAdd', 'news', ['a'])).status).toBe(429);
  });

  it("are FCM's own when they are asked for, and go when they are taken away", async () => {
    client = await startClient({ settings: { quotas: 'fcm' } });
    expect((await client.ask('GET', '/simulator/settings')).json['quotas']).toEqual(FCM_QUOTAS);
    const { json } = await client.ask('PATCH', '/simulator/settings', { quotas: null });
    expect(json['quotas']).toEqual({});
  });
});
