import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningRedis, startRedis } from '../../../e2e/stack/redis.ts';
import { startApi, type TestApi } from '../../test/api';
import { type Answer, expectProblem, send } from '../../test/http';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { order, post } from '../../test/webhooks';
import { type RedisClient, RedisConnections } from '../redis/connections';

/** Within which a sender must know, in ms. */
const PATIENCE_MS = 2000;

let dir: string;
let redis: RunningRedis;
let connections: RedisConnections;
let operator: RedisClient;
let unlimited: TestApi;
let limited: TestApi;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-unavailable-'));
  redis = await startRedis({ appendonly: false, dir });
  connections = new RedisConnections({ url: redis.url, commandTimeoutMs: 5000 }, ignoreErrors);
  operator = await ready(connections.forCommands());
  unlimited = await startApi({ REDIS_URL: redis.url });
  limited = await startApi({ REDIS_URL: redis.url, RATE_LIMIT: '1000' });
}, 30_000);

afterAll(async () => {
  await Promise.all([unlimited, limited].map((api) => api.app.close()));
  connections.closeAll();
  await redis.stop();
  await rm(dir, { recursive: true });
});

async function inTime(answer: Promise<Answer>): Promise<Answer> {
  const start = performance.now();
  const given = await answer;
  expect(performance.now() - start).toBeLessThan(PATIENCE_MS);
  return given;
}

/** Every api refuses every webhook in time, also several at once. */
async function expectUnavailable(events: readonly unknown[] = [order()]): Promise<void> {
  const answers = [unlimited, limited].flatMap((api) => events.map((event) => inTime(post(api, event))));
  for (const answer of await Promise.all(answers)) {
    expectProblem(answer, 'queue_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
  }
}

/** Every api takes webhooks again by itself, and never took one that it had refused. */
async function expectRecovery(refused: unknown = order()): Promise<void> {
  let last: Answer | undefined;
  await until(async () => (last = await post(limited, refused)).status !== 503, 10_000);
  expect(last).toMatchObject({ status: 202 });
  await until(async () => (await post(unlimited)).status === 202, 10_000);
}

describe('while Redis is out of memory', () => {
  it('webhooks are refused, and none of them is remembered', async () => {
    const event = order();
    await operator.config('SET', 'maxmemory', '1');
    try {
      await expectUnavailable([event]);
    } finally {
      await operator.config('SET', 'maxmemory', '0');
    }
    await expectRecovery(event);
  });
});

describe('while Redis is a replica, which takes no writes', () => {
  it('webhooks are refused, and none of them is remembered', async () => {
    const event = order();
    // Nobody listens on port 1, so that the replica keeps what it has.
    await operator.call('REPLICAOF', '127.0.0.1', '1');
    try {
      await expectUnavailable([event]);
    } finally {
      await operator.call('REPLICAOF', 'NO', 'ONE');
    }
    await expectRecovery(event);
  });
});

describe('while Redis does not answer', () => {
  it('webhooks are refused in time, and when it goes on none of them was lost', async () => {
    const event = order();
    redis.process.signal('SIGSTOP');
    try {
      await expectUnavailable([event, order(), order()]);
      expect((await inTime(send(limited, '/api/health/live'))).status).toBe(200);
    } finally {
      redis.process.signal('SIGCONT');
    }
    // A command that timed out may still have been applied: to the sender it is then a duplicate of what is queued.
    await until(async () => (await post(limited, event)).status < 300, 10_000);
    expect(await post(limited, event)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  });
});

describe('while Redis is gone', () => {
  it('webhooks are refused in time, and taken again when another stands in its place', async () => {
    const event = order();
    await redis.kill();
    try {
      await expectUnavailable([event, order(), order()]);
      await expectUnavailable([event]);
    } finally {
      redis = await startRedis({ appendonly: false, dir, port: redis.port });
    }
    await expectRecovery(event);
  });

  it('webhooks that are not genuine are still told so', async () => {
    await redis.kill();
    try {
      const answer = await inTime(post(unlimited, order(), { 'x-signature': 'x' }));
      expectProblem(answer, 'invalid_signature');
    } finally {
      redis = await startRedis({ appendonly: false, dir, port: redis.port });
    }
    await expectRecovery();
  });

  it('an api can be started, and takes webhooks as soon as Redis is there', async () => {
    await redis.kill();
    const early = await startApi({ REDIS_URL: redis.url, RATE_LIMIT: '10' });
    try {
      expectProblem(await inTime(post(early)), 'queue_unavailable');
      redis = await startRedis({ appendonly: false, dir, port: redis.port });
      await until(async () => (await post(early)).status === 202, 10_000);
    } finally {
      await early.app.close();
    }
  }, 20_000);
});
