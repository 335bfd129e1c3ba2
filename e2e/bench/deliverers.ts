/** Who delivers in `deliver` and `latency`: Herald and the usual way, each whole, with a Redis of its own, to one simulator. */
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { NODE, ROOT } from '../stack/paths.ts';
import { freePort, startProcess, until, untilReady, type RunningProcess } from '../stack/processes.ts';
import { startServer } from '../stack/server.ts';
import type { RunningSimulator } from '../stack/simulator.ts';
import { ADMIN_TOKEN, type Contender, SECRET, startContenders, stopAll } from './contenders.ts';
import { USERS } from './order.ts';
import { WIDE_QUOTAS } from './quotas.ts';

export interface Deliverer extends Contender {
  worker: RunningProcess;
  /** How many events are delivered and written down as such, since the start. */
  delivered(): Promise<number>;
  /** Puts another worker in the place of this one, which keeps so many messages under way. */
  restart(inFlight: number): Promise<void>;
}

/** How many messages Herald's worker keeps under way; the peer is given what is best for it. */
export const IN_FLIGHT = 1000;

/** With how many in flight the peer is tried, to find what is best for it. */
export const PEER_IN_FLIGHT = [100, 500, 1000];

/** Herald's by default. */
const PARTITIONS = 8;

type Environment = Record<string, string>;

const WORKERS = {
  Herald: async (env: Environment, inFlight: number, logFile: string) => {
    const secrets = { WEBHOOK_SECRET: SECRET, ADMIN_TOKEN };
    const settings = { ...WIDE_QUOTAS, ...secrets, WORKER_CONCURRENCY: String(inFlight) };
    const port = await freePort();
    return (await startServer({ kind: 'worker', port, env: { ...env, ...settings }, logFile, direct: true }))
      .process;
  },
  peer: async (env: Environment, inFlight: number) => {
    const child = await startProcess({
      name: 'BullMQ worker',
      command: NODE,
      args: [join(ROOT, 'e2e/bench/peers/bullmq-fcm.ts')],
      env: { ...env, NODE_ENV: 'production', CONCURRENCY: String(inFlight) },
    });
    await untilReady(child, () => child.lines.includes('ready'));
    return child;
  },
};

/** `dir` takes their logs. The first is Herald, the second its peer. */
export async function startDeliverers(dir: string, simulator: RunningSimulator): Promise<Deliverer[]> {
  const contenders = await startContenders(dir, ['Herald', 'NestJS, Express, BullMQ']);
  const started: Deliverer[] = [];
  try {
    for (const contender of contenders) started.push(await withWorker(contender, dir, simulator));
    return started;
  } catch (error) {
    await stopAll([...started, ...contenders.slice(started.length)]);
    throw error;
  }
}

async function withWorker(contender: Contender, dir: string, simulator: RunningSimulator) {
  const isHerald = contender.name === 'Herald';
  const redis = new Redis(contender.redisUrl);
  await redis.mset(
    Object.fromEntries(
      Array.from({ length: USERS }, (_, user) => [
        `fcm:token:user-${user}`,
        `fGh7kd83Jd0kasd:APA91bHPRgkFLJu${user}`,
      ]),
    ),
  );
  const env = { PATH: process.env.PATH!, REDIS_URL: contender.redisUrl, ...simulator.env };
  const start = isHerald ? WORKERS.Herald : WORKERS.peer;
  let worker = await start(env, IN_FLIGHT, join(dir, 'worker.log'));
  return {
    ...contender,
    get worker() {
      return worker;
    },
    // Both asked of their Redis: to ask Herald's api a hundred times a second would be work that its peer is spared.
    delivered: () => (isHerald ? sentOf(redis) : redis.zcard('bull:events:completed')),
    async restart(inFlight: number) {
      await worker.stop();
      worker = await start(env, inFlight, join(dir, 'worker.log'));
    },
    async stop() {
      worker.signal('SIGCONT');
      await worker.stop();
      redis.disconnect();
      await contender.stop();
    },
  };
}

async function sentOf(redis: Redis): Promise<number> {
  const counts = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) =>
      redis.hget(`{herald:${partition}}:counters`, 'sent'),
    ),
  );
  return counts.reduce((total, count) => total + Number(count), 0);
}

/** Resolves when so many are delivered since the start; answers how many they were then, and when. */
export async function untilDelivered(
  { delivered, name }: Deliverer,
  count: number,
): Promise<{ count: number; atMs: number }> {
  return until(
    async () => {
      const now = await delivered();
      return now >= count && { count: now, atMs: performance.now() };
    },
    {
      everyMs: 10,
      timeoutMs: 120_000,
      giveUp: () => new Error(`${name} does not get ${count} events delivered`),
    },
  );
}
