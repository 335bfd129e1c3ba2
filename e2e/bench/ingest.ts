/**
 * What taking in a signed webhook costs: Herald with everything on, between the least that can be done, with and without
 * its framework, and the usual way. All of them get the same requests from the same sender, in turns; what is told is the
 * median of the turns.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../stack/processes.ts';
import { type Contender, type ContenderName, SECRET, startContenders, stopAll } from './contenders.ts';
import { cpuSeconds } from './cpu.ts';
import { atLeast, atMost, columns, type Figure, median } from './figures.ts';
import { Generator } from './generator.ts';

const ROUNDS = 5;
const CONNECTIONS = 64;
const EVENTS = 20_000;
const WARM_UP = 10_000;

interface Turn {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Processor time per event, in µs. */
  cpu: number;
  redisCpu: number;
  /** Share of the time in which the sender was busy: near 1, and it would be the sender that was measured. */
  senderBusy: number;
}

export async function measureIngest(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-bench-'));
  const generator = new Generator();
  const contenders = await startContenders(dir);
  try {
    for (const contender of contenders) await turn(generator, contender, 'warm-up', WARM_UP);
    const turns = new Map<ContenderName, Turn[]>(contenders.map(({ name }) => [name, []]));
    for (let round = 0; round < ROUNDS; round++) {
      // Each of them goes first in its turn, in case one feels what the one before it has left behind.
      const first = round % contenders.length;
      for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)])
        turns.get(contender.name)!.push(await turn(generator, contender, `round-${round}`, EVENTS));
    }
    return figuresOf(turns);
  } finally {
    generator.stop();
    await stopAll(contenders);
    await rm(dir, { recursive: true, force: true });
  }
}

async function turn(
  generator: Generator,
  { name, port, pid, redisPid, redisUrl }: Contender,
  prefix: string,
  events: number,
) {
  const before = { server: cpuSeconds(pid), redis: cpuSeconds(redisPid) };
  const result = await generator.send({ port, secret: SECRET, connections: CONNECTIONS, events, prefix });
  if (result.statuses['202'] !== events)
    throw new Error(`${name} answered ${JSON.stringify(result.statuses)}`);
  const used = { server: cpuSeconds(pid) - before.server, redis: cpuSeconds(redisPid) - before.redis };
  await untilRewritten(redisUrl);
  return {
    perSecond: events / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    cpu: (used.server / events) * 1e6,
    redisCpu: (used.redis / events) * 1e6,
    senderBusy: result.cpuSeconds / result.seconds,
  };
}

/** A Redis that goes on rewriting its append-only file after its turn would take time from the next one's. */
async function untilRewritten(url: string): Promise<void> {
  const redis = new Redis(url);
  await until(async () => !/aof_rewrite_(in_progress|scheduled):1/.test(await redis.info('persistence')), {
    timeoutMs: 60_000,
  }).finally(() => redis.disconnect());
}

function figuresOf(turns: ReadonlyMap<ContenderName, readonly Turn[]>): Figure[] {
  const of = (name: ContenderName, key: keyof Turn) => median(turns.get(name)!.map((one) => one[key]));
  console.log(
    columns(
      ['', 'per s', 'p50 ms', 'p99 ms', 'CPU µs', 'Redis CPU µs', 'sender busy'],
      [...turns.keys()].map((name) => [
        name,
        of(name, 'perSecond').toFixed(0),
        of(name, 'p50Ms').toFixed(1),
        of(name, 'p99Ms').toFixed(1),
        of(name, 'cpu').toFixed(0),
        of(name, 'redisCpu').toFixed(0),
        `${(of(name, 'senderBusy') * 100).toFixed(0)} %`,
      ]),
    ),
  );
  const times = (key: keyof Turn, peer: ContenderName) => of('Herald', key) / of(peer, key);
  return [
    atLeast(
      'webhooks per second, times NestJS with BullMQ',
      times('perSecond', 'NestJS, Express, BullMQ'),
      1.8,
    ),
    atLeast('webhooks per second, times bare node:http', times('perSecond', 'bare node:http'), 0.7),
    atMost('p99, times NestJS with BullMQ', times('p99Ms', 'NestJS, Express, BullMQ'), 0.5),
    atMost('CPU per event, times NestJS with BullMQ', times('cpu', 'NestJS, Express, BullMQ'), 0.55),
  ];
}
