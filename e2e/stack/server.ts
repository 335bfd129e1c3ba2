/** The api or a worker as a process that is ready, and that can be ended and started again at the same address. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE, ROOT } from './paths.ts';
import { answers, startProcess, untilReady, type Program, type RunningProcess } from './processes.ts';

export interface RunningServer {
  url: string;
  /** The current process; another one after a restart. */
  readonly process: RunningProcess;
  /** Starts it again after `stop` or `kill`; resolves when it is ready. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As a crash would. */
  kill(): Promise<void>;
}

export interface ServerOptions extends Partial<Omit<Program, 'env'>> {
  kind: 'api' | 'worker';
  port: number;
  /** The whole environment but for the port. */
  env: Record<string, string | undefined>;
}

/** Longer than the `SHUTDOWN_TIMEOUT_MS` that a process gives itself. */
const GRACE_MS = 20_000;

/** Exactly what `npm run api` and `npm run worker` run, without npm in between. */
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<'api' | 'worker', string>;
};
const argsOf = (kind: 'api' | 'worker') =>
  scripts[kind]
    .split(' ')
    .slice(1)
    .map((arg) => (arg.startsWith('dist/') ? join(ROOT, arg) : arg));

export async function startServer({ kind, port, env, ...program }: ServerOptions): Promise<RunningServer> {
  const url = `http://127.0.0.1:${port}`;
  let child: RunningProcess;
  const server: RunningServer = {
    url,
    get process() {
      return child;
    },
    async start() {
      child = await startProcess({
        name: kind,
        ...program,
        command: NODE,
        args: argsOf(kind),
        env: { ...env, [kind === 'api' ? 'PORT' : 'WORKER_PORT']: String(port) },
      });
      await untilReady(child, () => answers(`${url}/api/health/ready`));
    },
    stop: async () => void (await child.stop(GRACE_MS)),
    kill: async () => void (await child.kill()),
  };
  await server.start();
  return server;
}
