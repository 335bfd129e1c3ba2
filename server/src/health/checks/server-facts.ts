import type { Clock } from '../../config/clock';
import type { RedisClient } from '../../redis/connections';
import { masters } from '../../redis/masters';

/** What one Redis server says of itself. */
export interface ServerFacts {
  address: string;
  /** The fields of INFO; null when this user may not ask. */
  info: Readonly<Record<string, string>> | null;
  /** Null when CONFIG is forbidden, as it is on many managed servers. */
  appendfsync: string | null;
  /** How far the server's clock is ahead of this machine's, in ms, to within half a round trip. */
  clockAheadMs: number;
}

/** How often the clock is asked; the quickest answer is the most exact one. */
const CLOCK_TRIES = 3;

/** Asks every server that holds keys. Rejects when one cannot be reached. */
export async function readServerFacts(client: RedisClient, clock: Clock): Promise<ServerFacts[]> {
  return Promise.all(
    masters(client).map(async (server) => {
      const info = await orNull(() => server.info());
      const config = await orNull(() => server.config('GET', 'appendfsync'));
      return {
        address: `${server.options.host}:${server.options.port}`,
        info: info === null ? null : fieldsOf(info),
        appendfsync: config?.[1] ?? null,
        clockAheadMs: await clockAheadMs(() => server.time(), clock),
      };
    }),
  );
}

/** Null when the server refuses the command: a user without the right, or a host that took it away. */
async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|ERR unknown command|ERR.*not allowed)/i.test(error.message))
      return null;
    throw error;
  }
}

function fieldsOf(info: string): Record<string, string> {
  const lines = info.split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(lines.map((line) => line.split(/:(.*)/s, 2) as [string, string]));
}

async function clockAheadMs(time: () => Promise<(string | number)[]>, clock: Clock): Promise<number> {
  const tries: { ms: number; tookMs: number }[] = [];
  for (let i = 0; i < CLOCK_TRIES; i += 1) {
    const asked = clock.now();
    const [seconds, micros] = await time();
    const answered = clock.now();
    const theirs = Number(seconds) * 1000 + Number(micros) / 1000;
    tries.push({ ms: Math.round(theirs - (asked + answered) / 2), tookMs: answered - asked });
  }
  return tries.reduce((best, each) => (each.tookMs < best.tookMs ? each : best)).ms;
}
