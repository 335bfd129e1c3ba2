/** Who takes in webhooks to be measured: each with a Redis of its own, all of them with the settings Herald ships. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NODE, ROOT } from '../stack/paths.ts';
import { freePort, startProcess, untilReady } from '../stack/processes.ts';
import { startRedis } from '../stack/redis.ts';
import { startServer } from '../stack/server.ts';

export const SECRET = 'a webhook secret for benchmarks';
export const ADMIN_TOKEN = 'an admin token for benchmarks';

export interface Contender {
  name: ContenderName;
  port: number;
  pid: number;
  redisPid: number;
  redisUrl: string;
  stop(): Promise<void>;
}

/** What starts a contender on `port`; `logFile` takes what it says, without going through this process. */
type Start = (
  env: Record<string, string>,
  port: number,
  logFile: string,
) => Promise<{ pid: number; stop(): Promise<unknown> }>;

const START = {
  Herald: async (env, port, logFile) => {
    const settings = { RATE_LIMIT: '1000000', ADMIN_TOKEN };
    const server = await startServer({
      kind: 'api',
      port,
      env: { ...env, ...settings },
      logFile,
      direct: true,
    });
    return { pid: server.process.pid, stop: () => server.stop() };
  },
  'bare node:http': (env, port, logFile) => peer(join(ROOT, 'e2e/bench/peers/bare.ts'), env, port, logFile),
  'bare NestJS, Fastify': (env, port, logFile) => peer(compiled('nest-bare'), env, port, logFile),
  'NestJS, Express, BullMQ': (env, port, logFile) => peer(compiled('nest-bullmq'), env, port, logFile),
} satisfies Record<string, Start>;

export type ContenderName = keyof typeof START;
export const ALL = Object.keys(START) as ContenderName[];

/** `dir` takes their logs. */
export async function startContenders(
  dir: string,
  names: readonly ContenderName[] = ALL,
): Promise<Contender[]> {
  const started: Contender[] = [];
  try {
    for (const name of names) {
      const start: Start = START[name];
      const redis = await startRedis();
      const port = await freePort();
      const env = { PATH: process.env.PATH!, REDIS_URL: redis.url, WEBHOOK_SECRET: SECRET };
      const server = await start(env, port, join(dir, `${name.replaceAll(/\W+/g, '-')}.log`)).catch(
        async (error) => {
          await redis.stop();
          throw error;
        },
      );
      const stop = async () => {
        await server.stop();
        await redis.stop();
      };
      started.push({ name, port, pid: server.pid, redisPid: redis.process.pid, redisUrl: redis.url, stop });
    }
    return started;
  } catch (error) {
    await stopAll(started);
    throw error;
  }
}

export async function stopAll(contenders: readonly Contender[]): Promise<void> {
  for (const { stop } of contenders) await stop();
}

async function peer(file: string, env: Record<string, string>, port: number, logFile: string) {
  const args = [file];
  const peerEnv = { ...env, PORT: String(port), NODE_ENV: 'production' };
  const child = await startProcess({ name: file, command: NODE, args, env: peerEnv, logFile, direct: true });
  await untilReady(child, () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ),
  );
  return child;
}

let areCompiled = false;

/** A peer that Node cannot run as it stands: it runs TypeScript, but no decorators. All are compiled with the first. */
function compiled(name: string): string {
  if (!areCompiled) compilePeers();
  areCompiled = true;
  return join(ROOT, `dist/bench/${name}.mjs`);
}

function compilePeers(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(NODE, [tsc, '-p', join(ROOT, 'e2e/bench/peers')], { stdio: 'inherit' });
}
