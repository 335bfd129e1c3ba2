import type { Server } from 'node:http';
import { clientAddress } from './client-address';

export interface ConnectionLimits {
  /** Open at once in this process; Node itself knows no bound. */
  total: number;
  /** Open at once from one client address, so that one stranger cannot take up all; infinite behind a proxy. */
  perClient: number;
  /** Ms without a byte in either direction, after which a connection is closed: nobody reads its answer. */
  idleMs: number;
}

/** Far more than any sender opens; a connection that sends nothing costs some 10 kB. */
const TOTAL = 10_000;
const PER_CLIENT = 2000;
/** Much longer than live updates, which say something at least every 3 s, are ever silent. */
const IDLE_MS = 120_000;

/** Behind a proxy all connections are the proxy's, so that counting them by address would count all clients as one. */
export function connectionLimits(trustsProxy: boolean): ConnectionLimits {
  return { total: TOTAL, perClient: trustsProxy ? Infinity : PER_CLIENT, idleMs: IDLE_MS };
}

export type RefusalReason = 'process' | 'client';

/** Closes what comes beyond the limits without reading from it. Neither an attack nor its end needs anybody's hand. */
export function limitConnections(
  server: Server,
  { total, perClient, idleMs }: ConnectionLimits,
  onRefused: (reason: RefusalReason) => void,
): void {
  const open = new Map<string, number>();
  server.maxConnections = total;
  server.on('drop', () => onRefused('process'));
  server.setTimeout(idleMs);
  server.on('connection', (socket) => {
    // A connection may be over before anybody could ask whose it was.
    const client = clientAddress(socket.remoteAddress ?? '');
    const count = (open.get(client) ?? 0) + 1;
    if (count > perClient) {
      onRefused('client');
      return void socket.destroy();
    }
    open.set(client, count);
    socket.once('close', () => {
      const left = open.get(client)! - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
  });
}
