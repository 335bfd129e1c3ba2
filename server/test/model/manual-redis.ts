import { createHash } from 'node:crypto';
import type { RedisClient } from '../../src/redis/connections';

/** What becomes of the next script: its answer is lost, or it reaches Redis only when somebody runs `late`. */
export type Fate = 'answered' | 'answer lost' | 'late';

export interface ManualRedis {
  readonly client: RedisClient;
  readonly late: (() => Promise<unknown>)[];
  /** Decides about the next script alone. */
  fate: Fate;
}

/**
 * Scripts ask Redis for the TIME, which nobody can set. Here they get it from the key `{tag}:clock`, in ms, by a few lines
 * put before their text; all else of them is what production runs. Moving every stored time instead would come to the
 * same, but it would have to know every place where a record keeps one, and could not tell an exact time from a near one.
 * What Redis measures by itself (idle times, expiry) is moved by `SHIFT_TIMES`.
 */
const CLOCK = `
local redis = setmetatable({ call = function(command, ...)
  if command ~= 'TIME' then return redis.call(command, ...) end
  local ms = tonumber(redis.call('GET', string.match(KEYS[1], '^{.-}') .. ':clock'))
  return { math.floor(ms / 1000), ms % 1000 * 1000 }
end }, { __index = redis })
`;

/** Where the scripts of a partition look for the time; `key` is any of its keys. */
export function clockOf(key: string): string {
  return `${key.slice(0, key.indexOf('}') + 1)}:clock`;
}

/**
 * KEYS stream, keys that expire … ARGV group, ms by which time moves, ms now. An idle time never gets negative, as in
 * Redis itself. A pending entry whose text is gone is left alone: XCLAIM would drop it.
 */
export const SHIFT_TIMES = `
local by = tonumber(ARGV[2])
redis.call('SET', string.match(KEYS[1], '^{.-}') .. ':clock', ARGV[3])
for _, p in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000)) do
  if #redis.call('XRANGE', KEYS[1], p[1], p[1]) == 1 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], p[2], 0, p[1], 'IDLE', math.max(0, p[3] + by), 'JUSTID')
  end
end
for i = 2, #KEYS do
  local left = redis.call('PTTL', KEYS[i])
  if left > 0 then redis.call('PEXPIRE', KEYS[i], math.max(0, left - by)) end
end`;

/** A client whose scripts live in a time of their own and whose answers can get lost. */
export function manualRedis(redis: RedisClient): ManualRedis {
  const texts = new Map<string, string>();
  const manual = { late: [], fate: 'answered' } as unknown as {
    -readonly [K in keyof ManualRedis]: ManualRedis[K];
  };

  const issue = async (run: () => Promise<unknown>): Promise<unknown> => {
    const { fate } = manual;
    manual.fate = 'answered';
    if (fate === 'answered') return run();
    if (fate === 'late') manual.late.push(run);
    else await run();
    throw new Error('Command timed out');
  };
  const scripts: Record<string, (text: string, ...args: [number, ...string[]]) => Promise<unknown>> = {
    async evalsha(hash, ...args) {
      const timed = texts.get(hash);
      if (!timed) throw new Error('NOSCRIPT its text is needed once');
      // Not by hash: another test's SCRIPT FLUSH would make a second run of it, after the fate was used up.
      return issue(() => redis.eval(timed, ...args));
    },
    async eval(text, ...args) {
      const shebang = /^#!.*\n/.exec(text)?.[0] ?? '';
      const timed = shebang + CLOCK + text.slice(shebang.length);
      texts.set(sha1(text), timed);
      return issue(() => redis.eval(timed, ...args));
    },
  };
  manual.client = new Proxy(redis, {
    get(target, name) {
      const value: unknown = scripts[String(name)] ?? Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return manual;
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
