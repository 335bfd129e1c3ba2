/** Sentinel on this machine: one master, its replicas, and three sentinels who put a replica in its place when it is gone. */
import { join } from 'node:path';
import { until } from './processes.ts';
import { followsMaster, startNodes, type NodeOptions, type RedisNode } from './redis-node.ts';

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
  const named = (kind: string, count: number) =>
    Array.from({ length: count }, (_, i) => place(`${kind}-${i + 1}`));
  /** In the order they were started. */
  const started: RedisNode[] = [];
  const start = async (options: NodeOptions[]) => {
    const nodes = await startNodes(options);
    started.push(...nodes);
    return nodes;
  };
  try {
    const [master] = (await start([place('master')])) as [RedisNode];
    const replicaof = `127.0.0.1 ${master.port}`;
    const followers = await start(
      named('replica', replicas).map((each) => ({ ...each, settings: { replicaof } })),
    );
    // A sentinel hears of replicas at once if they are there when it comes, else ten seconds later.
    await Promise.all(followers.map(followsMaster));
    const sentinel = [
      `monitor ${MASTER} 127.0.0.1 ${master.port} ${Math.floor(count / 2) + 1}`,
      `down-after-milliseconds ${MASTER} ${downAfterMs}`,
      `failover-timeout ${MASTER} 2000`,
      `parallel-syncs ${MASTER} ${replicas}`,
    ];
    const sentinels = await start(
      named('sentinel', count).map((each) => ({ ...each, sentinel: true, settings: { sentinel } })),
    );
    for (const each of sentinels) await knowsEverybody(each, replicas, count - 1);
    const addresses = sentinels.map(({ port }) => `127.0.0.1:${port}`);
    return { url: `sentinel://${addresses.join(',')}/${MASTER}`, nodes: [master, ...followers], sentinels };
  } catch (error) {
    await Promise.all(started.map((node) => node.kill()));
    throw error;
  }
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
