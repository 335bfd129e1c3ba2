/** The ways Redis can be laid out for Herald: one alone, watched by Sentinel, or a cluster. */
import { join } from 'node:path';
import { startCluster } from './cluster.ts';
import { startRedis, type RedisOptions, type RunningRedis } from './redis.ts';
import type { RunningProcess } from './processes.ts';
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
  /** Of one alone, or of the first node; another one after a restart. */
  readonly process: RunningProcess;
  /** Starts it again after it has ended: same address, same data, and `args` over its settings. */
  start(args?: string[]): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** It keeps its connections and answers nobody. */
  pause(): void;
  resume(): void;
}

/** `under` is for one alone. */
export interface TopologyOptions extends Pick<RedisOptions, 'appendonly' | 'under'> {
  dir: string;
  /** The folder of the log files. */
  logs: string;
}

export async function startTopology(topology: Topology, options: TopologyOptions): Promise<RestartableRedis> {
  if (topology === 'single') return single(options);
  if (topology === 'cluster') {
    const { url, nodes } = await startCluster(options);
    return allOf(nodes, { url, nodes });
  }
  const { url, nodes, sentinels } = await startSentinel(options);
  return allOf([...nodes, ...sentinels], { url, nodes });
}

/** Which one is meant where nothing else is said: the environment's choice, so that every test runs on each. */
export function chosenTopology(): Topology {
  const chosen = process.env.TOPOLOGY || 'single';
  const known = TOPOLOGIES.find((topology) => topology === chosen);
  if (!known) throw new Error(`TOPOLOGY must be one of ${TOPOLOGIES.join(', ')}.`);
  return known;
}

async function single({ logs, ...rest }: TopologyOptions): Promise<RestartableRedis> {
  const options = { ...rest, logFile: join(logs, 'redis.log') };
  let redis: RunningRedis = await startRedis(options);
  return {
    url: redis.url,
    nodes: [],
    get process() {
      return redis.process;
    },
    start: async (args = []) => void (redis = await startRedis({ ...options, args, port: redis.port })),
    stop: () => redis.stop(),
    kill: () => redis.kill(),
    pause: () => redis.process.signal('SIGSTOP'),
    resume: () => redis.process.signal('SIGCONT'),
  };
}

function allOf(all: readonly RedisNode[], { url, nodes }: Pick<RestartableRedis, 'url' | 'nodes'>) {
  const each = async (work: (node: RedisNode) => Promise<void>) => void (await Promise.all(all.map(work)));
  return {
    url,
    nodes,
    get process() {
      return nodes[0]!.process;
    },
    start: (args?: string[]) => each((node) => node.start(args)),
    stop: () => each((node) => node.stop()),
    kill: () => each((node) => node.kill()),
    pause: () => all.forEach((node) => node.pause()),
    resume: () => all.forEach((node) => node.resume()),
  };
}
