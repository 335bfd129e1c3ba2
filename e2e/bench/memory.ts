/** Resident memory of processes, sampled while they work. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Samples the sum of the processes' resident sets every 250 ms until stopped; answers the largest, in MB. */
export function watchMemory(pids: readonly number[]): { stop(): Promise<number> } {
  let most = 0;
  let stopped = false;
  const sample = async () => {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', pids.join(',')]);
    const kilobytes = stdout.split('\n').reduce((sum, line) => sum + Number(line), 0);
    most = Math.max(most, kilobytes / 1024);
  };
  const loop = async () => {
    while (!stopped) {
      await sample();
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await sample();
  };
  const done = loop();
  return {
    async stop() {
      stopped = true;
      await done;
      return most;
    },
  };
}
