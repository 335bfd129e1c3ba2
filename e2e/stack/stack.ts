/**
 * The whole product for one test file or benchmark: private Redis, FCM simulator, api and workers as built, nothing
 * of it shared with anybody and nothing taken from the developer's own environment.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STATE } from './paths.ts';
import { freePort } from './processes.ts';
import { startRedis, type RedisOptions, type RunningRedis } from './redis.ts';
import { startServer, type RunningServer } from './server.ts';
import { startSimulator, type RunningSimulator } from './simulator.ts';

export interface StackOptions {
  /** How many; 1 when left out. */
  workers?: number;
  redis?: Pick<RedisOptions, 'appendonly'>;
  /** For api and workers, over the product's defaults. */
  env?: Record<string, string>;
}

export interface Stack {
  apiUrl: string;
  workerUrl: string;
  webhookSecret: string;
  adminToken: string;
  redis: RestartableRedis;
  simulator: RunningSimulator;
  api: RunningServer;
  workers: RunningServer[];
  stop(): Promise<void>;
}

export interface RestartableRedis {
  url: string;
  /** Of the current process; another one after a restart. */
  readonly pid: number;
  /** Starts it again after `stop` or `kill`: same address, same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** It keeps its connections and answers nobody. */
  pause(): void;
  resume(): void;
}

const WEBHOOK_SECRET = 'a webhook secret for tests';
const ADMIN_TOKEN = 'an admin token for tests only';

export async function startStack({
  workers = 1,
  redis: redisOptions,
  env,
}: StackOptions = {}): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-stack-'));
  const logs = join(STATE, 'logs/stack');
  await rm(logs, { recursive: true, force: true });
  /** In the order they are to be stopped. */
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const part of running) await part.stop();
    await rm(dir, { recursive: true, force: true });
  };

  try {
    const redis = await restartableRedis({
      ...redisOptions,
      dir: join(dir, 'redis'),
      logFile: join(logs, 'redis.log'),
    });
    running.unshift(redis);
    const simulator = await startSimulator(dir, { logFile: join(logs, 'simulator.log') });
    running.unshift(simulator.process);

    const environment = {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, TZ: process.env.TZ },
      ...simulator.env,
      ...{ REDIS_URL: redis.url, WEBHOOK_SECRET, ADMIN_TOKEN },
      ...env,
    };
    const serve = async (kind: 'api' | 'worker', name: string) => {
      const logFile = join(logs, `${name}.log`);
      // Started in a directory of its own, where there is no `.env`.
      const server = await startServer({
        kind,
        port: await freePort(),
        env: environment,
        cwd: dir,
        logFile,
        name,
      });
      running.unshift(server);
      return server;
    };
    const api = await serve('api', 'api');
    const crew: RunningServer[] = [];
    for (let number = 1; number <= workers; number++) crew.push(await serve('worker', `worker-${number}`));

    return {
      ...{
        apiUrl: api.url,
        workerUrl: crew[0]?.url ?? '',
        webhookSecret: WEBHOOK_SECRET,
        adminToken: ADMIN_TOKEN,
      },
      ...{ redis, simulator, api, workers: crew, stop },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function restartableRedis(options: RedisOptions): Promise<RestartableRedis> {
  let redis: RunningRedis = await startRedis(options);
  return {
    url: redis.url,
    get pid() {
      return redis.process.pid;
    },
    start: async () => void (redis = await startRedis({ ...options, port: redis.port })),
    stop: () => redis.stop(),
    kill: () => redis.kill(),
    pause: () => redis.process.signal('SIGSTOP'),
    resume: () => redis.process.signal('SIGCONT'),
  };
}
