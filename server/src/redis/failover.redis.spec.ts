import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../../e2e/stack/cluster';
import { type RedisNode, roleOf } from '../../../e2e/stack/redis-node';
import { startSentinel } from '../../../e2e/stack/sentinel';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { type RedisClient, RedisConnections } from './connections';
import { isRedisTrouble } from './trouble';

const KEY = '{herald:0}:written';

let dir: string;
let nodes: RedisNode[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-failover-'));
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await rm(dir, { recursive: true, force: true });
}, 30_000);

/** The address of the whole; `nodes` are all that were started. */
const STARTERS = {
  async sentinel() {
    const { url, nodes: data, sentinels } = await startSentinel({ dir });
    nodes = [...data, ...sentinels];
    return url;
  },
  async cluster() {
    const { url, nodes: data } = await startCluster({ dir });
    nodes = data;
    return url;
  },
};

async function holderOf(key: string): Promise<RedisNode> {
  for (const node of nodes) {
    if ((await roleOf(node)) !== 'master') continue;
    const value = await node.ask('GET', key).catch(() => null);
    if (value) return node;
  }
  throw new Error(`Nobody holds ${key}`);
}

/** What a write brings: `OK`, or its error. */
const write = (client: RedisClient) =>
  client.set(KEY, 'x').catch((error: unknown) => {
    if (isRedisTrouble(error)) return error.message;
    throw error;
  });

describe.each(Object.entries(STARTERS))('a master that hangs, of a %s', (_, start) => {
  it('is left for the one in its place, by connections that were open and by new ones', async () => {
    const connections = new RedisConnections({ url: await start(), commandTimeoutMs: 900 }, ignoreErrors);
    try {
      const client = await ready(connections.forCommands());
      await until(async () => (await write(client)) === 'OK', 10_000);
      const hanging = await holderOf(KEY);
      hanging.pause();
      const begun = performance.now();
      expect(await write(client)).not.toBe('OK');
      expect(performance.now() - begun).toBeLessThan(2000);
      await until(async () => (await write(client)) === 'OK', 30_000);
      const late = await ready(connections.forCommands());
      await until(async () => (await write(late)) === 'OK', 10_000);
      hanging.resume();
      expect(await write(client)).toBe('OK');
    } finally {
      connections.closeAll();
    }
  }, 120_000);
});
