/** The smallest balancer that heeds readiness: it asks often, goes round among those who are ready, and never tries twice. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answers } from '../stack/processes.ts';

const ASK_EVERY_MS = 50;

export class Balancer {
  readonly #server: Server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  readonly #agent = new Agent({ keepAlive: true });
  readonly #ready = new Set<string>();
  readonly #asking: Promise<unknown>;
  #isOver = false;
  #turn = 0;

  private constructor(targets: readonly string[]) {
    this.#asking = Promise.all(targets.map((target) => this.#ask(target)));
  }

  static async start(targets: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  isReady(target: string): boolean {
    return this.#ready.has(target);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#asking;
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #ask(target: string): Promise<void> {
    while (!this.#isOver) {
      if (await answers(`${target}/api/health/ready`)) this.#ready.add(target);
      else this.#ready.delete(target);
      await delay(ASK_EVERY_MS);
    }
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const ready = [...this.#ready];
    const target = ready[this.#turn++ % ready.length];
    const fail = (problem: string) => outgoing.writeHead(502).end(JSON.stringify({ problem }));
    if (!target) return void fail('nobody is ready');
    const { method, headers, url } = incoming;
    const passed = request(target + url, { method, headers, agent: this.#agent }, (answer) => {
      // Its connection is not the client's.
      delete answer.headers.connection;
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', (error) => fail(`${target}: ${error.message}`));
    incoming.pipe(passed);
  }
}
