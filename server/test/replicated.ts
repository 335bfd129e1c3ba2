import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followsMaster, type RedisNode, startNode } from '../../e2e/stack/redis-node';

export interface ReplicatedRedis {
  readonly master: RedisNode;
  readonly replica: RedisNode;
}

/** A master and its replica for all tests of a file or a `describe`; look at its properties in hooks and tests only. */
export function useReplicatedRedis(): ReplicatedRedis {
  const state = {} as { -readonly [K in keyof ReplicatedRedis]: ReplicatedRedis[K] };
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'herald-replicated-'));
    const appendonly = 'no';
    state.master = await startNode({ dir: join(dir, 'master'), settings: { appendonly } });
    const settings = { appendonly, replicaof: `127.0.0.1 ${state.master.port}` };
    state.replica = await startNode({ dir: join(dir, 'replica'), settings });
    await followsMaster(state.replica);
  }, 30_000);
  afterAll(async () => {
    await state.replica.stop();
    await state.master.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return state;
}
