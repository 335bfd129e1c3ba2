/** Resident memory of the api without its garbage, which V8 would keep until it needs the room. */
import type { RunningProcess } from '../stack/processes.ts';
import { until } from '../stack/processes.ts';

/** For the environment of the api: where its debugger listens, once it is asked to. */
export const debuggable = (port: number) => ({ NODE_OPTIONS: `--inspect-port=127.0.0.1:${port}` });

/** MB that the process says it takes, after its garbage was collected. */
export async function residentAtRest(apiUrl: string, process: RunningProcess, port: number): Promise<number> {
  await collectGarbage(process, port);
  const text = await (await fetch(`${apiUrl}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
  if (Number.isNaN(bytes)) throw new Error('The api does not tell its memory');
  return bytes / 2 ** 20;
}

async function collectGarbage(process: RunningProcess, port: number): Promise<void> {
  // Opens the debugger; nothing, if it is open.
  process.signal('SIGUSR1');
  const target = await until(async () => targetAt(port).catch(() => null), { timeoutMs: 10_000 });
  const socket = new WebSocket(target);
  await new Promise((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
    socket.onmessage = resolve;
    socket.onerror = reject;
  }).finally(() => socket.close());
}

async function targetAt(port: number): Promise<string> {
  const [{ webSocketDebuggerUrl }] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as [
    { webSocketDebuggerUrl: string },
  ];
  return webSocketDebuggerUrl;
}
