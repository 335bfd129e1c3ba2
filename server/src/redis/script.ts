import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './connections';

export type Value = string | number | Buffer;

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
 */
export class Script {
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly text: string;
  private readonly hash: string;

  constructor(readonly file: string) {
    const source = readFileSync(file, 'utf8');
    this.keys = header(source, 'keys');
    this.args = header(source, 'args');
    const shebang = /^#!.*\n/.exec(source)?.[0] ?? '';
    const included = header(source, 'include').map(
      (name) => readFileSync(join(dirname(file), `${name}.lua`), 'utf8') + '\n',
    );
    const names = `local key, arg = ${table('KEYS', this.keys)}, ${table('ARGV', this.args)}\n`;
    this.text = [shebang, names, ...included, source.slice(shebang.length)].join('');
    this.hash = createHash('sha1').update(this.text).digest('hex');
  }

  /** Runs the script. Rejects with ioredis' error when Redis refuses it, cannot be reached or does not answer in time. */
  async run(
    client: RedisClient,
    keys: Record<string, string>,
    args: Record<string, Value> = {},
  ): Promise<unknown> {
    const values = this.valuesOf(keys, args);
    try {
      return await client.evalsha(this.hash, this.keys.length, ...values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return client.eval(this.text, this.keys.length, ...values);
    }
  }

  /** As `run`, but texts of the answer come as the bytes they are. */
  async runForBytes(
    client: RedisClient,
    keys: Record<string, string>,
    args: Record<string, Value> = {},
  ): Promise<unknown> {
    const values = this.valuesOf(keys, args);
    try {
      return await client.callBuffer('EVALSHA', this.hash, this.keys.length, ...values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return client.callBuffer('EVAL', this.text, this.keys.length, ...values);
    }
  }

  /** What `addTo` wants, in the header's order. */
  valuesOf(keys: Record<string, string>, args: Record<string, Value> = {}): readonly Value[] {
    const values: Value[] = [];
    this.pick(this.keys, keys, 'key', values);
    this.pick(this.args, args, 'argument', values);
    return values;
  }

  /** Adds a run to a pipeline, where an unknown script is for the caller to notice and to repeat `byText`. */
  addTo(pipeline: ChainableCommander, values: readonly Value[], byText: boolean): void {
    if (byText) pipeline.eval(this.text, this.keys.length, ...values);
    else pipeline.evalsha(this.hash, this.keys.length, ...values);
  }

  private pick(names: readonly string[], from: Record<string, Value>, what: string, values: Value[]): void {
    for (const name of names) {
      const value = from[name];
      if (value === undefined) throw new Error(`${this.file} was not given its ${what} "${name}"`);
      values.push(value);
    }
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

function table(from: string, names: readonly string[]): string {
  return `{${names.map((name, index) => `${name}=${from}[${index + 1}]`).join(',')}}`;
}
