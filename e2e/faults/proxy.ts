/** A wire to Redis that can be cut: what api and workers are given as their Redis. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Random } from './random.ts';

export interface Proxy {
  url: string;
  /** How many replies were cut so far. */
  readonly repliesCut: number;
  /** Whether a reply is cut, from 0 (never) to 1: Redis has executed the command, and its reply and connection are lost. */
  cutReplies(share: number): void;
  /** Drops every connection and takes no new one, as a Redis that is down. */
  close(): void;
  open(): void;
  stop(): Promise<void>;
}

export async function startProxy(redisUrl: string, random: Random): Promise<Proxy> {
  const { hostname: host, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let isOpen = true;
  let share = 0;
  let cut = 0;

  const server = createServer((client) => {
    if (!isOpen) return void client.destroy();
    const redis = connect({ host, port: Number(port), noDelay: true });
    client.setNoDelay(true);
    const hangUp = () => {
      client.destroy();
      redis.destroy();
    };
    for (const socket of [client, redis]) {
      sockets.add(socket);
      // Either side may be killed at any time: that is what this is for.
      socket.on('error', hangUp);
      socket.on('close', () => {
        sockets.delete(socket);
        hangUp();
      });
    }
    client.pipe(redis);
    redis.on('data', (reply) => {
      if (share > 0 && random() < share) {
        cut++;
        hangUp();
      } else if (!client.write(reply)) {
        redis.pause();
        client.once('drain', () => redis.resume());
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hangUpAll = () => sockets.forEach((socket) => socket.destroy());

  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get repliesCut() {
      return cut;
    },
    cutReplies: (wanted) => void (share = wanted),
    close() {
      isOpen = false;
      hangUpAll();
    },
    open: () => void (isOpen = true),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        hangUpAll();
      }),
  };
}
