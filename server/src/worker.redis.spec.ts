import { connect } from 'node:net';
import { newEvent } from '../test/builders';
import { useRedis } from '../test/redis';
import { until } from '../test/until';
import { type RunningWorker, startWorker } from '../test/worker';
import { Events } from './events/events';
import { HealthReport } from './health/health';
import { Queue } from './queue/queue';
import { Upkeep } from './queue/upkeep';

const test = useRedis({ partitions: 2 });
let worker: RunningWorker | undefined;

const start = async (env: Record<string, string> = {}) =>
  (worker = await startWorker({ REDIS_PREFIX: test.prefix, ...env }));

afterEach(async () => {
  await worker?.app.close();
  worker = undefined;
});

const ask = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(worker!.url + path, { headers });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text };
};
const askJson = async (path: string) => {
  const { status, text } = await ask(path);
  return { status, body: JSON.parse(text) as Record<string, unknown> };
};

const isOpen = (url: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

describe('a worker', () => {
  it('delivers an event that was queued, here as a dry run', async () => {
    const event = newEvent();
    await new Queue(test.redis, test.keyspace).enqueue(event);
    await start();
    const events = new Events(test.redis, test.keyspace);
    const sent = await until(async () => {
      const found = await events.find(event.source, event.eventId);
      return found?.status === 'sent' && found;
    });
    expect(sent.history).toMatchObject([
      { kind: 'attempt', outcome: 'delivered', target: 'topic orders', dry_run: true },
      { kind: 'received' },
    ]);
  });

  it('shows itself, and is gone without a trace when it is closed', async () => {
    const { app, url } = await start();
    const upkeep = app.get(Upkeep);
    await until(async () => (await upkeep.consumers()).size === 1);
    await until(async () => (await test.redis.hlen(test.keyspace.workers)) === 1);
    await app.close();
    worker = undefined;
    expect(await test.redis.hlen(test.keyspace.workers)).toBe(0);
    for (const { keys } of test.keyspace.partitions)
      expect(await test.redis.xinfo('CONSUMERS', keys.stream, 'herald')).toEqual([]);
    expect(await isOpen(url)).toBe(false);
  });

  it('closes promptly when there is nothing to do', async () => {
    const { app } = await start();
    const before = performance.now();
    await app.close();
    worker = undefined;
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe("a worker's probes", () => {
  it.each(['/api/health', '/api/health/ready'])('answer %s', async (path) => {
    await start();
    expect(await askJson(path)).toMatchObject({ status: 200, body: { ok: true, redis: 'up', status: 'ok' } });
  });

  it('answer that it is alive', async () => {
    await start();
    expect(await askJson('/api/health/live')).toEqual({ status: 200, body: { ok: true } });
  });

  it('ignore a query', async () => {
    await start();
    expect((await ask('/api/health/live?from=kubernetes')).status).toBe(200);
  });

  it('say that it is not ready while it stops, but healthy and alive', async () => {
    const { app } = await start();
    app.get(HealthReport).onModuleDestroy();
    expect(await askJson('/api/health/ready')).toMatchObject({
      status: 503,
      body: { ok: false, redis: 'up', status: 'shutting_down' },
    });
    expect((await ask('/api/health')).status).toBe(200);
    expect((await ask('/api/health/live')).status).toBe(200);
  });

  it('give metrics to Prometheus, the events of all processes among them', async () => {
    await start();
    const { status, type, text } = await ask('/metrics');
    expect(status).toBe(200);
    expect(type).toContain('text/plain');
    expect(text).toContain('herald_events{status="queued"} 0');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('give metrics only for the token when there is one', async () => {
    await start({ METRICS_TOKEN: 'a-token-for-metrics' });
    expect(await askJson('/metrics')).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect((await ask('/metrics', { authorization: 'Bearer something-else' })).status).toBe(401);
    expect((await ask('/metrics', { authorization: 'Bearer a-token-for-metrics' })).status).toBe(200);
    expect((await ask('/api/health')).status).toBe(200);
  });

  it.each(['/', '/api/metrics', '/api/admin/events', '/constructor'])('have nothing at %s', async (path) => {
    await start();
    expect(await askJson(path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});
