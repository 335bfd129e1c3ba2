import { loadConfig, type ReadonlyConfig } from './config';
import { loadEnvFile } from './env-file';
import { ConfigError, type ProcessName } from './environment';

/** The process must not start, or must not go on; the message is for people, and says what to do. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';

  constructor(reason: string, mend?: string) {
    super(['Herald does not start.', reason, mend].filter(Boolean).join(' '));
  }
}

/**
 * Starts a process with its settings. What stops the start is told in one plain message and exit code 1, not as a stack
 * trace; anything unforeseen keeps its trace.
 */
export function startProcess(name: ProcessName, start: (config: ReadonlyConfig) => Promise<unknown>): void {
  const fail = (error: unknown) => {
    const isPlain =
      error instanceof ConfigError ||
      error instanceof StartRefused ||
      (error instanceof Error && 'code' in error);
    console.error(isPlain ? error.message : error);
    process.exit(1);
  };
  try {
    loadEnvFile();
    start(loadConfig(process.env, name)).catch(fail);
  } catch (error) {
    // A ConfigError: nothing was started yet.
    fail(error);
  }
}
