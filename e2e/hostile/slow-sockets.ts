/** Strangers who open connections and do not get on: half a head, half a body, a drip now and then, or nothing at all. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const HEAD = 'POST /api/webhook/order.created HTTP/1.1\r\nHost: herald\r\n';

/** What each kind sends at first, and what it then drips once a second to seem alive. */
const KINDS = [
  { begin: HEAD, drip: 'x' },
  { begin: `${HEAD}Content-Length: 1000\r\n\r\n{"event_id":`, drip: ' ' },
  { begin: `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`, drip: '1\r\n \r\n' },
  { begin: '', drip: '' },
] as const;

export interface SlowSockets {
  /** How each ended: ms after it was opened, and the status it was told. Settles when all have ended. */
  ended: Promise<{ afterMs: number; status: number | null }[]>;
  close(): void;
}

/** Opens `count` of them, of every kind as many, and keeps them dripping until the other side ends them. */
export async function openSlowSockets(port: number, count: number): Promise<SlowSockets> {
  const sockets: Socket[] = [];
  const ends = Array.from({ length: count }, async (_, index) => {
    const { begin, drip } = KINDS[index % KINDS.length]!;
    const socket = connect({ port, host: '127.0.0.1' });
    sockets.push(socket);
    const opened = performance.now();
    let told = '';
    socket.on('data', (part) => (told += String(part)));
    // A reset is one way to end it.
    socket.on('error', () => undefined);
    if (begin) socket.write(begin);
    const dripping = setInterval(() => drip && socket.writable && socket.write(drip), 1000);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(dripping);
    return { afterMs: performance.now() - opened, status: told ? Number(told.slice(9, 12)) : null };
  });
  while (sockets.some(({ connecting }) => connecting)) await delay(10);
  return {
    ended: Promise.all(ends),
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}
