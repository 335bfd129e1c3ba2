/**
 * The whole product for one test file or benchmark: private Redis, FCM simulator, api and workers as built, nothing
 * of it shared with anybody and nothing taken from the developer's own environment.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STATE } from './paths.ts';
import { freePort } from './processes.ts';
import type { RedisOptions } from './redis.ts';
import { startServer, type RunningServer } from './server.ts';
import { startSimulator, type RunningSimulator } from './simulator.ts';
import { chosenTopology, startTopology, type RestartableRedis, type Topology } from './topology.ts';

export interface StackOptions {
  /** How many; 1 when left out. */
  apis?: number;
  workers?: number;
  redis?: Pick<RedisOptions, 'appendonly' | 'under'>;
  /** That of the environment's `TOPOLOGY` when left out, or one Redis alone. */
  topology?: Topology;
  /** Stands between one Redis alone and api and workers; gives the address that they are told. */
  redisLink?: (redisUrl: string) => Promise<string>;
  /** For api and workers, over the product's defaults. */
  env?: Record<string, string>;
}

export interface Stack {
  /** Of the first api. */
  apiUrl: string;
  workerUrl: string;
  webhookSecret: string;
  adminToken: string;
  redis: RestartableRedis;
  simulator: RunningSimulator;
  /** The first of them. */
  api: RunningServer;
  apis: RunningServer[];
  workers: RunningServer[];
  /** The folder of their logs. */
  logs: string;
  stop(): Promise<void>;
}

/** Where the processes of a stack log, each into a file of its name; tests that run beside each other have a folder each. */
const logs = join(STATE, `stack-logs-${process.env.TEST_PARALLEL_INDEX ?? 0}`);

const WEBHOOK_SECRET = 'a webhook secret for tests';
const ADMIN_TOKEN = 'an admin token for tests only';

export async function startStack({
  apis = 1,
  workers = 1,
  redis: redisOptions,
  topology = chosenTopology(),
  redisLink,
  env,
}: StackOptions = {}): Promise<Stack> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-stack-'));
  await rm(logs, { recursive: true, force: true });
  /** In the order they are to be stopped. */
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const part of running) await part.stop();
    await rm(dir, { recursive: true, force: true });
  };

  try {
    const redis = await startTopology(topology, { ...redisOptions, dir: join(dir, 'redis'), logs });
    running.unshift(redis);
    const simulator = await startSimulator(dir, { logFile: join(logs, 'simulator.log') });
    running.unshift(simulator.process);

    const environment = {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, TZ: process.env.TZ },
      ...simulator.env,
      ...{
        REDIS_URL: (await redisLink?.(redis.url)) ?? redis.url,
        WEBHOOK_SECRET,
        ADMIN_TOKEN,
        SHUTDOWN_DELAY_MS: '0',
      },
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
    const front: RunningServer[] = [];
    for (let number = 1; number <= apis; number++) front.push(await serve('api', `api-${number}`));
    const crew: RunningServer[] = [];
    for (let number = 1; number <= workers; number++) crew.push(await serve('worker', `worker-${number}`));
    const api = front[0]!;

    return {
      ...{
        apiUrl: api.url,
        workerUrl: crew[0]?.url ?? '',
        webhookSecret: WEBHOOK_SECRET,
        adminToken: ADMIN_TOKEN,
      },
      ...{ redis, simulator, api, apis: front, workers: crew, logs, stop },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
