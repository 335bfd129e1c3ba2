/** A link to Redis that can be made to misbehave: what a network does to a connection, and Redis itself cannot. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * `pass`: nothing happens to anybody. `swallow`: connections stay open and are accepted, and what is sent on them goes
 * nowhere; one that lost something so never works again. `cut_after_reply_dropped`: requests arrive, and instead of its
 * answer a client gets its connection cut. `hold`: requests arrive, and answers wait until the link passes them on again.
 * `refuse`: every connection is cut and no new one taken, as by a Redis that is down.
 */
export type LinkMode = 'pass' | 'swallow' | 'cut_after_reply_dropped' | 'hold' | 'refuse';

export class RedisProxy {
  #mode: LinkMode = 'pass';
  readonly #held: (() => unknown)[] = [];
  /** Answers that do not hold this are not dropped. */
  only = '';
  /** Which part of all answers is dropped at random, from 0 to 1, whatever the mode; their connections are cut. */
  cutShare = 0;
  /** How many answers were dropped. */
  dropped = 0;
  readonly #server: Server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  readonly #port: number;

  readonly #random: () => number;

  private constructor(redisUrl: string, random: () => number) {
    this.#port = Number(new URL(redisUrl).port);
    this.#random = random;
  }

  static async start(redisUrl: string, random: () => number = Math.random): Promise<RedisProxy> {
    const proxy = new RedisProxy(redisUrl, random);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get mode(): LinkMode {
    return this.#mode;
  }

  /** Changes what happens to whatever is sent from now on. */
  set mode(mode: LinkMode) {
    this.#mode = mode;
    if (mode === 'pass') for (const deliver of this.#held.splice(0)) deliver();
    if (mode === 'refuse') this.#cutAll();
  }

  async stop(): Promise<void> {
    this.#cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket): void {
    if (this.mode === 'refuse') return void client.destroy();
    const redis = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    const cut = () => [client, redis].forEach((socket) => socket.destroy());
    let isDead = false;
    for (const socket of [client, redis]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('close', cut);
      socket.on('error', cut);
    }
    client.on('data', (request) => {
      isDead ||= this.mode === 'swallow';
      if (!isDead) redis.write(request);
    });
    redis.on('data', (reply) => {
      isDead ||= this.mode === 'swallow';
      if (isDead) return;
      const isMeant = this.mode !== 'pass' && reply.includes(this.only);
      if (isMeant && this.mode === 'hold') return void this.#held.push(() => client.write(reply));
      if (!isMeant && this.#random() >= this.cutShare) return void client.write(reply);
      this.dropped++;
      cut();
    });
  }
}
