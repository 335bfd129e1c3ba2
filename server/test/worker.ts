import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { freePort } from '../../e2e/stack/processes';
import type { ReadonlyConfig } from '../src/config/config';
import { createWorker } from '../src/worker';
import { newConfig } from './builders';
import { testRedisUrl } from './redis';

export interface RunningWorker {
  readonly app: INestApplicationContext;
  readonly config: ReadonlyConfig;
  /** Where it answers probes. */
  readonly url: string;
}

/** A whole worker with probes on a free port of this machine and, unless `env` says otherwise, keys of its own. */
export async function startWorker(env: Record<string, string> = {}): Promise<RunningWorker> {
  const port = await freePort();
  const config = newConfig(
    {
      HOST: '127.0.0.1',
      WORKER_PORT: String(port),
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}`,
      PARTITIONS: '2',
      ...env,
    },
    'worker',
  );
  return { app: await createWorker(config), config, url: `http://127.0.0.1:${port}` };
}
