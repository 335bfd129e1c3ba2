import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { DeliveryResult, PushMessage } from '../src/delivery/provider';
import { COMMANDS as DEVICE_COMMANDS } from '../src/devices/commands';
import { COMMANDS } from '../src/queue/commands';
import { type RedisClient, RedisConnections, type RedisSettings } from '../src/redis/connections';
import type { Script } from '../src/redis/script';
import { ignoreErrors } from './redis';
import { ScriptedProvider } from './scripted-provider';

/** Of a dead process nothing is ever heard again: what it waits for does not settle. */
const NEVER = new Promise<never>(() => {});

/**
 * The life of one process. Everything it asks of the world is two points: just before it is asked, and just after the
 * world has done it, before the process hears of it. At the point it is told, it dies.
 */
export class Life {
  /** In the order in which they were passed. */
  readonly points: string[] = [];
  private readonly end = Promise.withResolvers<'died'>();
  isOver = false;
  private connections: RedisConnections | null = null;

  /** `before begin`, `after send`…: dies when it comes there for the `nth` time, counted from 1. */
  constructor(
    private readonly lastPoint?: string,
    private readonly nth = 1,
  ) {}

  /** Resolves when it dies. */
  get death(): Promise<'died'> {
    return this.end.promise;
  }

  connect(settings: RedisSettings): RedisConnections {
    this.connections = new MortalConnections(this, settings);
    return this.connections;
  }

  async ask<T>(what: string, act: () => Promise<T>): Promise<T> {
    if (this.isDeadAt(`before ${what}`)) return NEVER;
    const [answer] = await Promise.allSettled([act()]);
    if (this.isDeadAt(`after ${what}`)) return NEVER;
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }

  private isDeadAt(point: string): boolean {
    if (this.isOver) return true;
    this.points.push(point);
    const times = this.points.filter((each) => each === point).length;
    this.isOver = point === this.lastPoint && times === this.nth;
    if (!this.isOver) return false;
    this.connections?.closeAll();
    this.end.resolve('died');
    return true;
  }
}

class MortalConnections extends RedisConnections {
  private readonly inner = new Map<RedisClient, RedisClient>();

  constructor(
    private readonly life: Life,
    settings: RedisSettings,
  ) {
    super(settings, ignoreErrors);
  }

  override forCommands(): RedisClient {
    return this.mortal(super.forCommands());
  }

  override forBlockingReads(): RedisClient {
    return this.mortal(super.forBlockingReads());
  }

  override close(client: RedisClient): void {
    super.close(this.inner.get(client) ?? client);
  }

  private mortal(client: RedisClient): RedisClient {
    const commands = new Set([...client.getBuiltinCommands(), 'call']);
    const proxy = new Proxy(client, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (!commands.has(String(name))) return value.bind(target) as unknown;
        return (...args: unknown[]) =>
          this.life.ask(
            nameOf(String(name), args),
            () => Reflect.apply(value, target, args) as Promise<unknown>,
          );
      },
    });
    this.inner.set(proxy, client);
    return proxy;
  }
}

/** Sends with another provider, which outlives it. */
export class MortalProvider extends ScriptedProvider {
  constructor(
    private readonly life: Life,
    private readonly world: ScriptedProvider,
  ) {
    super();
  }

  override send(message: PushMessage): Promise<DeliveryResult> {
    return this.life.ask('send', () => this.world.send(message));
  }
}

const VERBS = new Map(
  [COMMANDS, DEVICE_COMMANDS]
    .flatMap(Object.values<Script>)
    .map(({ file, text }) => [sha1(text), basename(file, '.lua')]),
);

/** A script's verb, else the command. */
function nameOf(command: string, [first]: unknown[]): string {
  if (command === 'evalsha') return VERBS.get(String(first)) ?? command;
  if (command === 'eval') return VERBS.get(sha1(String(first))) ?? command;
  return command === 'call' ? String(first).toLowerCase() : command;
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
