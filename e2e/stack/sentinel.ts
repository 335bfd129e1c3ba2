/** Sentinel on this machine: one master, its replicas, and three sentinels who put a replica in its place when it is gone. */
import { join } from 'node:path';
import { until } from './processes.ts';
import { followsMaster, startNode, type RedisNode } from './redis-node.ts';

export interface RunningSentinel {
  url: string;
  /** Master and replicas. */
  nodes: RedisNode[];
  sentinels: RedisNode[];
}

const MASTER = 'herald';

export interface SentinelOptions {
  dir: string;
  logs?: string;
  replicas?: number;
  sentinels?: number;
  downAfterMs?: number;
}

export async function startSentinel({
  dir,
  logs,
  replicas = 2,
  sentinels: count = 3,
  downAfterMs = 1000,
}: SentinelOptions): Promise<RunningSentinel> {
  const place = (name: string) => ({
    name,
    dir: join(dir, name),
    logFile: logs && join(logs, `redis-${name}.log`),
  });
  const master = await startNode(place('node-1'));
  const settings = { replicaof: `127.0.0.1 ${master.port}` };
  const followers = await Promise.all(
    Array.from({ length: replicas }, (_, index) => startNode({ ...place(`node-${index + 2}`), settings })),
  );
  // A sentinel hears of replicas at once if they are there when it comes, else ten seconds later.
  await Promise.all(followers.map(followsMaster));
  const sentinels = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      startNode({
        ...place(`sentinel-${index + 1}`),
        sentinel: true,
        settings: {
          sentinel: [
            `monitor ${MASTER} 127.0.0.1 ${master.port} ${Math.floor(count / 2) + 1}`,
            `down-after-milliseconds ${MASTER} ${downAfterMs}`,
            `failover-timeout ${MASTER} 2000`,
            `parallel-syncs ${MASTER} ${replicas}`,
          ],
        },
      }),
    ),
  );
  for (const sentinel of sentinels) await knowsEverybody(sentinel, replicas, count - 1);
  const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`);
  return { url: `sentinel://${addresses.join(',')}/${MASTER}`, nodes: [master, ...followers], sentinels };
}

async function knowsEverybody(sentinel: RedisNode, replicas: number, others: number): Promise<void> {
  await until(
    async () => {
      const known = (await sentinel.ask('SENTINEL', 'MASTER', MASTER)) as string[];
      const value = (name: string) => Number(known[known.indexOf(name) + 1]);
      return value('num-slaves') === replicas && value('num-other-sentinels') === others;
    },
    { timeoutMs: 30_000, giveUp: () => new Error(`${sentinel.process.name} does not know the others`) },
  );
}
