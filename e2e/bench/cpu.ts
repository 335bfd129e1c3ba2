/** How much processor time a process has used, its own and the system's for it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Of the scheduler's clock, in which Linux counts; 100 on every kernel that is in use. */
const TICKS_PER_SECOND = 100;

/** In seconds. Exact to 10 ms, so measure over many events. */
export function cpuSeconds(pid: number): number {
  if (process.platform === 'linux') {
    // After the name, which is in brackets and may hold anything; proc_pid_stat(5), fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  const time = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return time.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
