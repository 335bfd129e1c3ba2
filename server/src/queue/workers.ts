import type { WorkerInfo } from '../contract';
import type { Keyspace } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';

/** After how long without a sign of life a worker is not shown any more, in ms. */
const SHOWN_MS = 15_000;

/** Which workers there are, by their signs of life. For people to look at; leases do not depend on it. */
export class Workers {
  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
  ) {}

  async signOfLife(worker: WorkerInfo): Promise<void> {
    const { workers } = this.keyspace;
    await COMMANDS.signOfLife.run(
      this.redis,
      { workers },
      { name: worker.name, worker: JSON.stringify(worker) },
    );
  }

  async remove(name: string): Promise<void> {
    await this.redis.hdel(this.keyspace.workers, name);
  }

  async list(nowMs: number): Promise<WorkerInfo[]> {
    return (await this.all()).filter((worker) => nowMs - Date.parse(worker.seen_at) < SHOWN_MS);
  }

  /** Names of workers that have not been heard of for `silentMs`. */
  async silent(nowMs: number, silentMs: number): Promise<string[]> {
    const workers = (await this.all()).filter((worker) => nowMs - Date.parse(worker.seen_at) >= silentMs);
    return workers.map(({ name }) => name);
  }

  private async all(): Promise<WorkerInfo[]> {
    const values = await this.redis.hvals(this.keyspace.workers);
    return values
      .map((value) => JSON.parse(value) as WorkerInfo)
      .sort((a, b) => a.name.localeCompare(b.name));
  }
}
