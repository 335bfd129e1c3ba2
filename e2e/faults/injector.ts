/** Does to a running stack what the plan says, and notes what was in flight when it did. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RunningServer } from '../stack/server.ts';
import type { Stack } from '../stack/stack.ts';
import type { RunningProcess } from '../stack/processes.ts';
import type { RedisProxy } from '../support/redis-proxy.ts';
import { APIS, type Fault, type ServerName, type Step, WORKERS } from './faults.ts';
import { heldBy, type Layout } from './scan.ts';

/** How many replies of ten are lost while they are cut. */
const CUT_SHARE = 0.2;
/** What a killed process sent last may still be on the wire, and be executed, for so long. Far less than a lease. */
const LAST_WORDS_MS = 150;

export interface Victims {
  apis: readonly RunningServer[];
  workers: readonly RunningServer[];
  redis: Stack['redis'];
  fcm: RunningProcess;
  proxy: RedisProxy;
  referee: Redis;
  layout: Layout;
}

export class Injector {
  /** For every fault, the events that were begun and not recorded. */
  readonly held: string[] = [];
  readonly #victims: Victims;

  constructor(victims: Victims) {
    this.#victims = victims;
  }

  /** Resolves when everything runs again. */
  async run({ afterMs, faults }: Step): Promise<void> {
    await wait(afterMs);
    await Promise.all(faults.map((fault) => this.#do(fault)));
  }

  async #do(fault: Fault): Promise<void> {
    switch (fault.do) {
      case 'kill':
        return fault.victim === 'redis' ? this.#killRedis() : this.#killServer(fault.victim);
      case 'restart': {
        const server = this.#server(fault.victim);
        await server.stop();
        return server.start();
      }
      case 'freeze':
        return this.#freeze(fault.victim, fault.forMs);
      case 'cut':
        return this.#cut(fault.forMs);
      case 'kill everything':
        return this.#killEverything();
    }
  }

  async #killServer(name: ServerName): Promise<void> {
    const { referee, layout } = this.#victims;
    this.held.push(...(await killAndRestart(this.#server(name), referee, layout)));
  }

  /** The workers live on, but cannot give a sign of life: when it is back they may be thought dead. */
  async #killRedis(): Promise<void> {
    const { redis, proxy } = this.#victims;
    await redis.kill();
    proxy.mode = 'refuse';
    await redis.start();
    // Read before anybody else is let in.
    await this.#noteHeld('everybody');
    proxy.mode = 'pass';
  }

  async #killEverything(): Promise<void> {
    const { apis, workers, redis } = this.#victims;
    const servers = [...apis, ...workers];
    await Promise.all([redis.kill(), ...servers.map((server) => server.kill())]);
    await redis.start();
    await this.#noteHeld('everybody');
    await Promise.all(servers.map((server) => server.start()));
  }

  async #freeze(name: ServerName | 'redis' | 'fcm', forMs: number): Promise<void> {
    if (name === 'redis') {
      await this.#noteHeld('everybody');
      this.#victims.redis.pause();
      await wait(forMs);
      this.#victims.redis.resume();
      return this.#noteHeld('everybody');
    }
    const process = name === 'fcm' ? this.#victims.fcm : this.#server(name).process;
    process.signal('SIGSTOP');
    await wait(Math.min(forMs, LAST_WORDS_MS));
    if (name !== 'fcm') await this.#noteHeld(process.pid);
    await wait(Math.max(0, forMs - LAST_WORDS_MS));
    process.signal('SIGCONT');
  }

  async #cut(forMs: number): Promise<void> {
    const { proxy } = this.#victims;
    proxy.cutShare = CUT_SHARE;
    await wait(forMs);
    proxy.cutShare = 0;
  }

  async #noteHeld(pid: number | 'everybody'): Promise<void> {
    const { referee, layout } = this.#victims;
    this.held.push(...(await heldBy(referee, layout, pid)));
  }

  #server(name: ServerName): RunningServer {
    const { apis, workers } = this.#victims;
    const at = (names: readonly ServerName[]) => names.indexOf(name);
    return (apis[at(APIS)] ?? workers[at(WORKERS)])!;
  }
}

/** As a crash, and up again; answers the events it had begun and not recorded. */
export async function killAndRestart(
  server: RunningServer,
  referee: Redis,
  layout: Layout,
): Promise<string[]> {
  const { pid } = server.process;
  await server.kill();
  await wait(LAST_WORDS_MS);
  const held = await heldBy(referee, layout, pid);
  await server.start();
  return held;
}
