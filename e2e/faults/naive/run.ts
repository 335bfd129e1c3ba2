/** A naive design under load, killed again and again, through the checker that Herald goes through. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { NODE } from '../../stack/paths.ts';
import {
  answers,
  freePort,
  type RunningProcess,
  startProcess,
  until,
  untilReady,
} from '../../stack/processes.ts';
import { startRedis } from '../../stack/redis.ts';
import type { RunningServer } from '../../stack/server.ts';
import { startSimulator } from '../../stack/simulator.ts';
import { Operator } from '../../support/operator.ts';
import { balance, type Violation } from '../books.ts';
import { APIS } from '../faults.ts';
import { killAndRestart } from '../injector.ts';
import { HABITS, Load } from '../load.ts';
import { patiently } from '../patiently.ts';
import { between, pick, seededRandom } from '../random.ts';
import { readAlong } from '../read-along.ts';
import type { Line, StoredEvent } from '../sources.ts';
import { connectReferee, putTokens, scan } from '../scan.ts';
import { type DesignName, DESIGNS, eventKey, LAYOUT } from './designs.ts';

const WEBHOOK_SECRET = 'a webhook secret for tests';
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const KILLS = 6;
const EVENTS = 2000;
/** More than it can take: many events are between two commands at any time. */
const PER_SECOND = 2000;
/** How long it may take to get done; what a flaw has forgotten never is. */
const QUIET_MS = { flawed: 4000, sound: 60_000 };

export interface NaiveResult {
  violations: Violation[];
  events: number;
}

export async function runNaive(name: DesignName, seed: number): Promise<NaiveResult> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-naive-'));
  const running: { stop(): Promise<unknown> }[] = [{ stop: () => rm(dir, { recursive: true, force: true }) }];
  try {
    const redis = await startRedis({ dir: join(dir, 'redis') });
    running.unshift(redis);
    const simulator = await startSimulator(dir);
    running.unshift(simulator.process);
    const env = { PATH: process.env.PATH, ...simulator.env, REDIS_URL: redis.url, WEBHOOK_SECRET };
    const servers: RunningServer[] = [];
    for (const consumer of APIS) {
      servers.push(await startNaive([name, consumer], { ...env, PORT: String(await freePort()) }));
      running.unshift(servers.at(-1)!);
    }
    const referee = connectReferee(redis.url);
    running.unshift({ stop: async () => referee.disconnect() });
    const ledger = readAlong(simulator);
    running.unshift(ledger);

    const load = new Load({
      apiUrls: servers.map(({ url }) => url),
      webhookSecret: WEBHOOK_SECRET,
      seed,
      perSecond: PER_SECOND,
      fcmAnswers: { 'slow-150': 1 },
      // Many at the same moment, which is what one of the flaws is about.
      habits: { ...HABITS, twice: HABITS.patient },
      putTokens: (tokens) => putTokens(referee, tokens),
    });
    load.start();
    const held: string[] = [];
    const random = seededRandom(seed);
    for (let kill = 0; kill < KILLS || load.log.length < EVENTS; kill++) {
      await wait(between(random, 200, 500));
      held.push(...(await killAndRestart(pick(random, servers), referee, LAYOUT)));
    }
    await load.stop();
    const operator = new Operator({ apiUrl: servers[0]!.url, adminToken: '' });
    const isSettled = async () => (await patiently(() => operator.totals())).queue_size === 0;
    await until(isSettled, {
      timeoutMs: DESIGNS[name].caughtBy ? QUIET_MS.flawed : QUIET_MS.sound,
    }).catch(() => {
      // What is forgotten stays so.
    });
    const violations = balance({
      log: load.log,
      redis: await scan(referee, LAYOUT, (eventId) => readRecord(referee, eventId)),
      ledger: await ledger.stop(),
      totals: await patiently(() => operator.totals()),
      held,
      ended: servers.flatMap(({ process }) => (process.exit ? [`${process.name} has ended`] : [])),
      settings: { retryDelaysMs: [], maxDeliveries: 1, retryAfterMs: 0 },
    });
    return { violations, events: load.log.length };
  } finally {
    for (const part of running) await part.stop();
  }
}

async function startNaive(args: string[], env: Record<string, string | undefined>): Promise<RunningServer> {
  const url = `http://127.0.0.1:${env['PORT']}`;
  let child: RunningProcess;
  const server: RunningServer = {
    url,
    get process() {
      return child;
    },
    async start() {
      child = await startProcess({ name: args.join(' '), command: NODE, args: [MAIN, ...args], env });
      await untilReady(child, () => answers(`${url}/api/health/ready`));
    },
    stop: async () => void (await child.stop()),
    kill: async () => void (await child.kill()),
  };
  await server.start();
  return server;
}

async function readRecord(redis: Redis, eventId: string): Promise<StoredEvent> {
  const record = await redis.hgetall(eventKey(`default/${eventId}`));
  const lines = (record['history'] ?? '').split('\n').filter(Boolean);
  return {
    eventId,
    status: record['status'] ?? '',
    attempts: Number(record['attempts']),
    error: '',
    lines: lines.map((text) => JSON.parse(text) as Line),
  };
}
