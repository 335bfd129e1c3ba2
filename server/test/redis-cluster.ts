import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../e2e/stack/find-redis';
import { freePort, type RunningProcess, startProcess, untilReady } from '../../e2e/stack/processes';
import { pings } from '../../e2e/stack/redis';
import { type RedisClient, RedisConnections } from '../src/redis/connections';
import { ignoreErrors, ready } from './redis';

interface Node {
  url: string;
  address: [host: string, port: number, busPort: number];
  process: RunningProcess;
  dir: string;
}

/** A Redis Cluster of two nodes with half of the slots each; `urls` names the first node only. */
export async function startCluster(password: string): Promise<{ urls: string; stop(): Promise<void> }> {
  const nodes = [await startNode(password), await startNode(password)] as const;
  const setups = nodes.map(({ url }) => new RedisConnections({ url, commandTimeoutMs: 5000 }, ignoreErrors));
  const clients = await Promise.all(setups.map((setup) => ready(setup.forCommands())));
  await clients[0]!.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
  await clients[1]!.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
  await clients[0]!.call('CLUSTER', 'MEET', ...nodes[1].address);
  await Promise.all(
    nodes.map(({ process }, index) => untilReady(process, () => isComplete(clients[index]!))),
  );
  for (const setup of setups) setup.closeAll();
  return {
    // Twice, because several addresses are what tells a cluster from a single Redis.
    urls: `${nodes[0].url},${nodes[0].url}`,
    async stop() {
      await Promise.all(nodes.map(({ process }) => process.stop()));
      await Promise.all(nodes.map(({ dir }) => rm(dir, { recursive: true, force: true })));
    },
  };
}

async function startNode(password: string): Promise<Node> {
  const dir = await mkdtemp(join(tmpdir(), 'herald-cluster-'));
  // The default port of the cluster's bus, 10,000 above the other, may be out of range.
  const [port, busPort] = [await freePort(), await freePort()];
  const settings = {
    ...{ bind: '127.0.0.1', port, dir, save: '', requirepass: password },
    ...{ 'cluster-enabled': 'yes', 'cluster-port': busPort, 'cluster-announce-ip': '127.0.0.1' },
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const process = await startProcess({ name: `Redis Cluster ${port}`, command: findRedis().command, args });
  await untilReady(process, () => pings('127.0.0.1', port));
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    address: ['127.0.0.1', port, busPort],
    process,
    dir,
  };
}

async function isComplete(client: RedisClient): Promise<boolean> {
  return String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
}
