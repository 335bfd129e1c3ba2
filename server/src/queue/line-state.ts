import type { DeliveryPause } from '../contract';
import type { Keyspace } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';

/** Why nothing is sent. */
export interface LineStop {
  code: string;
  message: string;
  /** Ms of Redis' clock. */
  sinceMs: number;
}

export interface ProbeTimes {
  /** How long after the stop the first probe is due, in ms; each further one comes twice as long after the one before it. */
  firstMs: number;
  longestMs: number;
}

/** A key is mended by hand, so nobody waits for seconds; an hour of it costs FCM some sixty requests. */
const PROBES: ProbeTimes = { firstMs: 5000, longestMs: 60_000 };

/**
 * Whether messages may be sent, for all workers: not when FCM refuses the project or its key, because then it would refuse
 * every message, and each try would only make it worse. Rejects when Redis cannot tell.
 */
export class LineState {
  private readonly keys: { line: string };

  constructor(
    private readonly redis: RedisClient,
    { line }: Keyspace,
    private readonly probes = PROBES,
  ) {
    this.keys = { line };
  }

  /** Null while the line runs. */
  async read(): Promise<LineStop | null> {
    const [since, code, message] = await this.redis.hmget(this.keys.line, 'since', 'code', 'message');
    return since ? { sinceMs: Number(since), code: code ?? '', message: message ?? '' } : null;
  }

  /** Answers since when it is stopped, in ms of Redis' clock: longer than now, if somebody else has stopped it. */
  async stop({ code, message }: Pick<LineStop, 'code' | 'message'>): Promise<number> {
    const args = { code, message, first_probe_ms: this.probes.firstMs };
    return (await COMMANDS.stopLine.run(this.redis, this.keys, args)) as number;
  }

  /** Whether the caller is to try one message; of all workers one is, at a time. */
  async mayProbe(): Promise<boolean> {
    const { firstMs, longestMs } = this.probes;
    const args = { first_probe_ms: firstMs, longest_probe_ms: longestMs };
    return (await COMMANDS.probeLine.run(this.redis, this.keys, args)) === 1;
  }

  /** Ends the stop that began at `sinceMs`. */
  async resume(sinceMs: number): Promise<void> {
    await COMMANDS.resumeLine.run(this.redis, this.keys, { since: sinceMs });
  }
}

/** A stop, as operators see it. */
export function pauseOf({ code, message, sinceMs }: LineStop): DeliveryPause {
  return { code, message, since: new Date(sinceMs).toISOString() };
}
