import { type RunningRedis, startRedis } from '../../../e2e/stack/redis';
import { startApi, type TestApi, useApi } from '../../test/api';
import { type Answer, expectProblem, send } from '../../test/http';
import { until } from '../../test/until';
import { type RunningWorker, startWorker } from '../../test/worker';
import type { HealthBody } from '../contract';
import { LineState } from '../queue/line-state';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { BucketStore } from '../quota/bucket-store';
import { QuotaKeys } from '../quota/quota-keys';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { StartUp } from './checks/start-up';
import { HealthReport } from './health';

const HEALTH = '/api/health';
const READY = '/api/health/ready';
const LIVE = '/api/health/live';

/** By then every answer is there, whatever Redis does, in ms. */
const PATIENCE_MS = 2000;

async function quickly(asked: Promise<Answer>): Promise<Answer> {
  const before = performance.now();
  const answer = await asked;
  expect(performance.now() - before).toBeLessThan(PATIENCE_MS);
  return answer;
}

describe('with Redis at hand', () => {
  const api = useApi();

  it('the api is healthy, in the words of the contract and of Terminus', async () => {
    const { status, headers, body } = await send(api, HEALTH);
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    expect(body).toEqual({
      ok: true,
      redis: 'up',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      uptime: expect.any(Number),
      status: 'ok',
      info: { redis: { status: 'up' } },
      error: {},
      details: { redis: { status: 'up' } },
    });
    expect(Math.abs(Date.parse((body as HealthBody).timestamp) - Date.now())).toBeLessThan(5000);
    expect(Number.isInteger((body as HealthBody).uptime)).toBe(true);
  });

  it('it is alive and ready', async () => {
    expect(await send(api, LIVE)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await send(api, READY)).toMatchObject({ status: 200, body: { ok: true, status: 'ok' } });
  });

  it('while deliveries pause it is as healthy as before, and says why they do', async () => {
    const line = api.app.get(LineState);
    const sinceMs = await line.stop({ code: 'NOT_FOUND', message: 'HTTP 404 without an explanation' });
    const since = new Date(sinceMs).toISOString();
    const paused = { code: 'NOT_FOUND', message: 'HTTP 404 without an explanation', since };
    expect(await send(api, HEALTH)).toMatchObject({
      status: 200,
      body: { ok: true, details: { redis: { status: 'up' }, delivery: { status: 'up', paused } } },
    });
    await line.resume(sinceMs);
    const { body } = await send(api, HEALTH);
    expect(body).not.toMatchObject({ details: { delivery: expect.anything() as unknown } });
  });

  it('while messages wait for FCM’s quota it says so, and until when all wait', async () => {
    const keys = new QuotaKeys(api.app.get<ReadonlyConfig>(CONFIG).redis.prefix);
    const redis = api.app.get<RedisClient>(REDIS);
    await new BucketStore(redis, keys.project, 600, 0, 'worker').pause(60_000);
    const throttled = { per_minute: 0, since: expect.any(String), until: expect.any(String) };
    expect(await send(api, HEALTH)).toMatchObject({
      status: 200,
      body: { ok: true, details: { delivery: { status: 'up', throttled } } },
    });
    await redis.del(keys.project.bucket);
    const { body } = await send(api, HEALTH);
    expect(body).not.toMatchObject({ details: { delivery: expect.anything() as unknown } });
  });

  it('it needs no token to say so', async () => {
    expect((await send(api, HEALTH, { headers: { authorization: 'Bearer wrong' } })).status).toBe(200);
  });
});

it('until everything is looked at that must be right, the api is healthy and alive, but not ready', async () => {
  const api = await startApi();
  try {
    const startUp = api.app.get(StartUp);
    expect(startUp.passed).toBe(true);
    startUp.passed = false;
    expect(await send(api, READY)).toMatchObject({ status: 503, body: { ok: false, status: 'error' } });
    expect((await send(api, HEALTH)).status).toBe(200);
    expect((await send(api, LIVE)).status).toBe(200);
  } finally {
    await api.app.close();
  }
});

it('while it stops the api is healthy and alive, but not ready', async () => {
  const api = await startApi();
  try {
    api.app.get(HealthReport).onModuleDestroy();
    expect(await send(api, READY)).toMatchObject({
      status: 503,
      body: { ok: false, redis: 'up', status: 'shutting_down' },
    });
    expect(await send(api, HEALTH)).toMatchObject({ status: 200, body: { ok: true } });
    expect(await send(api, LIVE)).toMatchObject({ status: 200 });
  } finally {
    await api.app.close();
  }
});

describe('a Redis that goes away', () => {
  let redis: RunningRedis;
  let api: TestApi;
  let worker: RunningWorker;
  let probes: { port: number };

  beforeAll(async () => {
    redis = await startRedis({ appendonly: false });
    api = await startApi({ REDIS_URL: redis.url });
    worker = await startWorker({ REDIS_URL: redis.url, SHUTDOWN_TIMEOUT_MS: '100' });
    probes = { port: worker.config.http.workerPort };
  });
  afterAll(async () => {
    await Promise.all([api.app.close(), worker.app.close()]);
    await redis.stop();
  });

  const isHealthy = () =>
    until(async () => {
      const answers = await Promise.all([send(api, HEALTH), send(probes, HEALTH)]);
      return answers.every(({ status }) => status === 200);
    }, 10_000);

  async function expectAway(): Promise<void> {
    const away = { status: 503, body: { ok: false, redis: 'down', status: 'error' } };
    for (const door of [api, probes]) {
      expect(await quickly(send(door, HEALTH))).toMatchObject(away);
      expect(await quickly(send(door, READY))).toMatchObject(away);
      expect(await quickly(send(door, LIVE))).toMatchObject({ status: 200, body: { ok: true } });
      const { body } = await send(door, HEALTH);
      expect(body).toMatchObject({ details: { redis: { status: 'down', message: expect.any(String) } } });
    }
  }

  it('makes both processes unhealthy while it does not answer, and they recover', async () => {
    await isHealthy();
    redis.process.signal('SIGSTOP');
    try {
      await expectAway();
    } finally {
      redis.process.signal('SIGCONT');
    }
    await isHealthy();
  }, 30_000);

  it('makes both processes unhealthy while it is not there, and they recover', async () => {
    await isHealthy();
    const { port } = redis;
    await redis.stop();
    await expectAway();
    expectProblem(await quickly(send(api, '/api/metrics')), 'queue_unavailable');
    const prometheus = await quickly(send(api, '/metrics'));
    expect(prometheus.status).toBe(200);
    expect(prometheus.text).toContain('process_resident_memory_bytes');
    expect(prometheus.text).not.toContain('herald_events{');
    redis = await startRedis({ port, appendonly: false });
    await isHealthy();
  }, 30_000);
});
