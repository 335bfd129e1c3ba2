import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster as start } from '../../e2e/stack/cluster';
import type { RedisNode } from '../../e2e/stack/redis-node';

export interface TestCluster {
  /** Names the first node only, because the others are for the client to find. */
  urls: string;
  nodes: RedisNode[];
  stop(): Promise<void>;
}

/** A Redis Cluster of two masters with half of the slots each, without replicas unless asked for. */
export async function startCluster(password: string, replicas = 0): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-cluster-'));
  const { nodes } = await start({ dir, masters: 2, replicas, password });
  return {
    // Twice, because several addresses are what tells a cluster from a single Redis.
    urls: `${nodes[0]!.url},${nodes[0]!.url}`,
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
