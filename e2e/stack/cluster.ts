/** A Redis Cluster on this machine: masters with an equal share of the slots each, and their replicas. */
import { join } from 'node:path';
import { until } from './processes.ts';
import { followsMaster, startNodes, type RedisNode } from './redis-node.ts';

export interface RunningCluster {
  /** The addresses of all nodes. */
  url: string;
  nodes: RedisNode[];
}

const SLOTS = 16_384;

export interface ClusterOptions {
  dir: string;
  logs?: string;
  masters?: number;
  /** Of each master. */
  replicas?: number;
  password?: string;
  nodeTimeoutMs?: number;
}

export async function startCluster({
  dir,
  logs,
  masters: count = 3,
  replicas = 1,
  password,
  nodeTimeoutMs = 2000,
}: ClusterOptions): Promise<RunningCluster> {
  const settings = {
    ...{ 'cluster-node-timeout': nodeTimeoutMs, 'cluster-replica-validity-factor': 0 },
    // What the other masters hold goes on when one is away.
    ...{ 'cluster-announce-ip': '127.0.0.1', 'cluster-require-full-coverage': 'no' },
  };
  const nodes = await startNodes(
    Array.from({ length: count * (1 + replicas) }, (_, index) => {
      const name = `node-${index + 1}`;
      const logFile = logs && join(logs, `redis-${name}.log`);
      return { name, dir: join(dir, name), cluster: true, settings, password, logFile };
    }),
  );
  try {
    await introduce(nodes, count);
  } catch (error) {
    await Promise.all(nodes.map((node) => node.kill()));
    throw error;
  }
  return { url: nodes.map(({ url }) => url).join(','), nodes };
}

/** The first `count` share the slots, the others follow them in turn. */
async function introduce(nodes: readonly RedisNode[], count: number): Promise<void> {
  const masters = nodes.slice(0, count);

  await Promise.all(
    masters.map(async (master, index) => {
      const [first, next] = [index, index + 1].map((share) => Math.round((share * SLOTS) / count));
      await master.ask('CLUSTER', 'ADDSLOTSRANGE', first!, next! - 1);
      await master.ask('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }),
  );
  // Everybody meets everybody, which is quicker than hearsay.
  for (const [index, node] of nodes.entries())
    for (const { port, busPort } of nodes.slice(index + 1))
      await node.ask('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
  const ids = await Promise.all(masters.map((master) => master.ask('CLUSTER', 'MYID')));
  const followers = nodes.slice(count);
  await Promise.all(
    followers.map(async (node, index) => {
      const master = String(ids[index % count]);
      await soon(async () => String(await node.ask('CLUSTER', 'NODES')).includes(master));
      await node.ask('CLUSTER', 'REPLICATE', master);
    }),
  );
  await Promise.all(followers.map(followsMaster));
  await Promise.all(
    nodes.map((node) =>
      soon(async () => {
        const [info, known] = await Promise.all([node.ask('CLUSTER', 'INFO'), node.ask('CLUSTER', 'NODES')]);
        const roles = String(known).match(/ (myself,)?slave /g) ?? [];
        return String(info).includes('cluster_state:ok') && roles.length === followers.length;
      }),
    ),
  );
}

function soon(condition: () => Promise<boolean>): Promise<boolean> {
  return until(condition, {
    timeoutMs: 30_000,
    everyMs: 20,
    giveUp: () => new Error('The nodes of the cluster do not find each other'),
  });
}
