import { startApi, useApi } from '../../test/api';
import { newReport } from '../../test/builders';
import { expectProblem, send } from '../../test/http';
import { ready } from '../../test/redis';
import { order, post } from '../../test/webhooks';
import type { MetricsBody } from '../contract';
import { type Claim, Claims } from '../queue/claims';
import { Queue } from '../queue/queue';
import { RedisConnections } from '../redis/connections';

const METRICS = '/api/metrics';
const FAILURE = { code: 'UNAVAILABLE', message: 'The service is overloaded.' };
const failed = newReport({ outcome: 'failed', ...FAILURE });

describe('the totals', () => {
  const api = useApi();
  let claims: Claims;

  beforeAll(async () => {
    claims = new Claims(api.redis, api.keyspace, 'worker');
    await claims.createGroups();
  });

  const totals = async () => (await send(api, METRICS)).body as MetricsBody;

  async function claim(): Promise<Claim> {
    const reader = await ready(api.app.get(RedisConnections).forBlockingReads());
    const [entry] = await claims.read(reader, api.keyspace.partitions, 1);
    return (await claims.begin(entry!))!;
  }

  it('are all nothing in the beginning', async () => {
    expect(await totals()).toEqual({ received: 0, deduped: 0, sent: 0, failed: 0, dlq: 0, queue_size: 0 });
  });

  it('follow the story of the events', async () => {
    const body = order({ event_id: 'told-twice' });
    expect((await post(api, body)).status).toBe(202);
    expect((await post(api, body)).status).toBe(200);
    expect((await post(api, { ...body, note: 'another body' })).status).toBe(200);
    expect(await totals()).toMatchObject({ received: 3, deduped: 2, queue_size: 1 });

    const first = await claim();
    expect(await totals()).toMatchObject({ sent: 0, queue_size: 1 });
    await claims.complete(first, newReport());
    expect(await totals()).toMatchObject({ received: 3, sent: 1, failed: 0, queue_size: 0 });

    expect((await post(api, order())).status).toBe(202);
    await claims.retry(await claim(), failed, FAILURE, 60_000, true);
    expect(await totals()).toMatchObject({ received: 4, failed: 1, dlq: 0, queue_size: 1 });

    expect((await post(api, order({ event_id: 'dead' }))).status).toBe(202);
    await claims.bury(await claim(), failed, FAILURE);
    expect(await totals()).toEqual({ received: 5, deduped: 2, sent: 1, failed: 2, dlq: 1, queue_size: 1 });

    expect(await api.app.get(Queue).replay('default', 'dead')).toBe('replayed');
    expect(await totals()).toEqual({ received: 5, deduped: 2, sent: 1, failed: 2, dlq: 0, queue_size: 2 });
  });

  it('count no webhook that was refused', async () => {
    const { received } = await totals();
    expect((await post(api, order(), { 'x-signature': '00' })).status).toBe(401);
    expect((await post(api, '{')).status).toBe(400);
    expect((await totals()).received).toBe(received);
  });

  it('stand in the text for Prometheus as far as they are of now', async () => {
    const { status, headers, text } = await send(api, '/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('herald_events{status="queued"} 1');
    expect(text).toContain('herald_events{status="retrying"} 1');
    expect(text).toContain('herald_events{status="sent"} 1');
    expect(text).toContain('herald_events{status="failed"} 0');
    expect(text).toContain('# TYPE herald_events gauge');
  });

  it('stand beside what this process has answered', async () => {
    const { text } = await send(api, '/metrics');
    expect(text).toContain('herald_webhooks_total{status="202"} 3');
    expect(text).toContain('herald_webhooks_total{status="200"} 2');
    expect(text).toMatch(/herald_webhook_seconds_count [1-9]/);
  });
});

describe('a metrics token', () => {
  it.each(['/metrics', METRICS])('keeps %s from everybody else', async (path) => {
    const api = await startApi({ METRICS_TOKEN: 'a-token-for-metrics' });
    try {
      const ask = (authorization?: string) => send(api, path, { headers: { authorization } });
      expectProblem(await ask(), 'unauthorized');
      expectProblem(await ask('Bearer something-else'), 'unauthorized');
      expect((await ask('Bearer a-token-for-metrics')).status).toBe(200);
    } finally {
      await api.app.close();
    }
  });
});
