/** The ways Redis can be laid out for Herald: one alone, watched by Sentinel, or a cluster. */
import { join } from 'node:path';
import { startCluster } from './cluster.ts';
import { startRedis, type RedisOptions, type RunningRedis } from './redis.ts';
import type { RedisNode } from './redis-node.ts';
import { startSentinel } from './sentinel.ts';

export const TOPOLOGIES = ['single', 'sentinel', 'cluster'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** All of it together; for one of several, there are `nodes`. */
export interface RestartableRedis {
  /** As `REDIS_URL` wants it. */
  url: string;
  /** Masters and replicas; none when Redis is alone. */
  nodes: readonly RedisNode[];
  /** Starts it again after `stop` or `kill`: same address, same data. */
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** It keeps its connections and answers nobody. */
  pause(): void;
  resume(): void;
}

export interface TopologyOptions extends Pick<RedisOptions, 'appendonly'> {
  dir: string;
  /** The folder of the log files. */
  logs: string;
}

export async function startTopology(topology: Topology, options: TopologyOptions): Promise<RestartableRedis> {
  if (topology === 'single') return single(options);
  if (topology === 'cluster') {
    const { url, nodes } = await startCluster(options);
    return { url, nodes, ...allOf(nodes) };
  }
  const { url, nodes, sentinels } = await startSentinel(options);
  return { url, nodes, ...allOf([...nodes, ...sentinels]) };
}

/** Which one is meant where nothing else is said: the environment's choice, so that every test runs on each. */
export function chosenTopology(): Topology {
  const chosen = process.env.TOPOLOGY || 'single';
  const known = TOPOLOGIES.find((topology) => topology === chosen);
  if (!known) throw new Error(`TOPOLOGY must be one of ${TOPOLOGIES.join(', ')}.`);
  return known;
}

async function single({ dir, logs, appendonly }: TopologyOptions): Promise<RestartableRedis> {
  const options = { dir, appendonly, logFile: join(logs, 'redis.log') };
  let redis: RunningRedis = await startRedis(options);
  return {
    url: redis.url,
    nodes: [],
    start: async () => void (redis = await startRedis({ ...options, port: redis.port })),
    stop: () => redis.stop(),
    kill: () => redis.kill(),
    pause: () => redis.process.signal('SIGSTOP'),
    resume: () => redis.process.signal('SIGCONT'),
  };
}

function allOf(nodes: readonly RedisNode[]): Omit<RestartableRedis, 'url' | 'nodes'> {
  const each = async (work: (node: RedisNode) => Promise<void>) => void (await Promise.all(nodes.map(work)));
  return {
    start: () => each((node) => node.start()),
    stop: () => each((node) => node.stop()),
    kill: () => each((node) => node.kill()),
    pause: () => nodes.forEach((node) => node.pause()),
    resume: () => nodes.forEach((node) => node.resume()),
  };
}
