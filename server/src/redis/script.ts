import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './connections';
import { Gathering } from './gathering';

export type Value = string | number | Buffer;
type Named = Record<string, Value>;

/**
 * One Lua script, run by its hash and, when Redis does not know it (restart, failover, SCRIPT FLUSH), by its text.
 *
 * The file's header is the only place that knows the order of keys and arguments:
 *
 *     #!lua flags=allow-oom
 *     --! include lib/event
 *     --! keys event stream
 *     --! args id type
 *
 * Inside the script they are `key.event` and `arg.id`; outside they are passed by name.
 *
 * What a library puts into `after` is called once at the end, also when the script fails on its way: a slot of a cluster that
 * moves takes the keys of single records with it, and those that were written before have to be in their indexes.
 *
 * With `--! each event`, a key that every run has for itself, the runs of one turn of the event loop go to Redis together:
 * many small scripts cost it and us several times as much as one that does the same. They do not know of each other; one
 * that fails fails alone. Runs whose first key is the same must have all keys in common but those of `each`.
 */
export class Script {
  readonly keys: readonly string[];
  /** Keys of each run's own. */
  readonly each: readonly string[];
  readonly args: readonly string[];
  readonly text: string;
  private readonly hash: string;
  private readonly gathering: Gathering | null;

  constructor(readonly file: string) {
    const source = readFileSync(file, 'utf8');
    this.keys = header(source, 'keys');
    this.each = header(source, 'each');
    this.args = header(source, 'args');
    this.text = this.compose(source);
    this.hash = createHash('sha1').update(this.text).digest('hex');
    this.gathering = this.each.length > 0 ? new Gathering(this) : null;
  }

  /** Runs the script. Rejects with ioredis' error when Redis refuses it, cannot be reached or does not answer in time. */
  async run(client: RedisClient, keys: Record<string, string>, args: Named = {}): Promise<unknown> {
    if (this.gathering) return this.gathering.run(client, keys, args);
    return this.runWith(client, this.keys.length, this.valuesOf(keys, args));
  }

  /** As `run`, with values in the header's order: `numberOfKeys` keys, then arguments. */
  async runWith(client: RedisClient, numberOfKeys: number, values: readonly Value[]): Promise<unknown> {
    try {
      return await client.evalsha(this.hash, numberOfKeys, ...values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return client.eval(this.text, numberOfKeys, ...values);
    }
  }

  /** As `run`, but texts of the answer come as the bytes they are. */
  async runForBytes(client: RedisClient, keys: Record<string, string>, args: Named = {}): Promise<unknown> {
    const values = this.valuesOf(keys, args);
    try {
      return await client.callBuffer('EVALSHA', this.hash, this.keys.length, ...values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return client.callBuffer('EVAL', this.text, this.keys.length, ...values);
    }
  }

  /** What `addTo` wants, in the header's order. */
  valuesOf(keys: Record<string, string>, args: Named = {}): readonly Value[] {
    return [...this.keysOf(keys), ...this.ownOf(keys), ...this.argsOf(args)];
  }

  keysOf(keys: Record<string, string>): Value[] {
    return this.pick(this.keys, keys, 'key');
  }

  ownOf(keys: Record<string, string>): Value[] {
    return this.pick(this.each, keys, 'key');
  }

  argsOf(args: Named): Value[] {
    return this.pick(this.args, args, 'argument');
  }

  /** Adds a run to a pipeline, where an unknown script is for the caller to notice and to repeat `byText`. */
  addTo(pipeline: ChainableCommander, values: readonly Value[], byText: boolean): void {
    const numberOfKeys = this.keys.length + this.each.length;
    if (byText) pipeline.eval(this.text, numberOfKeys, ...values);
    else pipeline.evalsha(this.hash, numberOfKeys, ...values);
  }

  /** What Redis has answered to a run that was added to a pipeline; an error when it failed by itself. */
  answerOf(reply: unknown): unknown {
    return this.gathering ? (reply as unknown[])[0] : reply;
  }

  private compose(source: string): string {
    const shebang = /^#!.*\n/.exec(source)?.[0] ?? '';
    const included = header(source, 'include').map(
      (name) => readFileSync(join(dirname(this.file), `${name}.lua`), 'utf8') + '\n',
    );
    const body = source.slice(shebang.length);
    const key = table('KEYS', this.keys);
    const isGathered = this.each.length > 0;
    const arg = isGathered ? '{}' : table('ARGV', this.args);
    return `${shebang}local after
local key, arg = ${key}, ${arg}
${included.join('')}local function run()
${body}
end
local function outcome()
  local went_well, said = pcall(run)
  if not went_well and type(said) ~= 'table' then said = redis.error_reply(tostring(said)) end
  return said
end
${isGathered ? this.runAll() : 'local answer = outcome()'}
if after then after() end
return answer
`;
  }

  private runAll(): string {
    const ownKeys = this.each.map(
      (name, at) => `  key.${name} = KEYS[${this.keys.length + at + 1} + i * ${this.each.length}]\n`,
    );
    return `local answer = {}
for i = 0, #ARGV / ${this.args.length} - 1 do
${ownKeys.join('')}  arg = ${table('ARGV', this.args, ` + i * ${this.args.length}`)}
  answer[i + 1] = outcome()
end`;
  }

  private pick(names: readonly string[], from: Named, what: string): Value[] {
    return names.map((name) => {
      const value = from[name];
      if (value === undefined) throw new Error(`${this.file} was not given its ${what} "${name}"`);
      return value;
    });
  }
}

/** Redis has forgotten the script (restart, failover, SCRIPT FLUSH), and so executed nothing. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

function header(source: string, word: string): string[] {
  const line = new RegExp(`^--! ${word} (.+)$`, 'm').exec(source)?.[1] ?? '';
  return line.split(/\s+/).filter(Boolean);
}

function table(from: string, names: readonly string[], offset = ''): string {
  return `{${names.map((name, index) => `${name}=${from}[${index + 1}${offset}]`).join(',')}}`;
}
