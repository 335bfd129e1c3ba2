import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { RedisClient } from '../redis/connections';
import type { RunScript } from '../redis/replication';
import { Script } from '../redis/script';

/** Versions kept of each definition. */
const KEPT = 20;
/** Definitions there may be; every process holds all of them. */
const MOST = 500;
/** How long the versions of a definition that was taken away are remembered, s. */
const REMEMBERED_S = 2_592_000;

/** One version of a definition: its JSON text, or null when it was taken away. */
export interface StoredVersion {
  version: number;
  updatedMs: number;
  text: string | null;
}

export type DefineAnswer =
  | { answer: 'defined' | 'unchanged'; version: number; updatedMs: number }
  | { answer: 'conflict'; version: number }
  | { answer: 'outdated' | 'full' };
export type WithdrawAnswer = { answer: 'withdrawn' | 'missing' } | { answer: 'conflict'; version: number };

/** Which version a change is meant for: a number, `none` when there must be none yet, nothing when it does not matter. */
export type Expected = number | 'none' | undefined;

/**
 * The definitions in Redis. Each change has a number, which is the version of what it made and is never used again. All
 * keys share one hash tag. Rejects when Redis cannot be reached.
 */
export class MessageStore {
  private readonly define_ = new Script(join(__dirname, 'commands/define.lua'));
  private readonly withdraw_ = new Script(join(__dirname, 'commands/withdraw.lua'));
  private readonly tag: string;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
    /** How changes are run, and so how durable what they confirm is. */
    private readonly run: RunScript = (script, keys, args) => script.run(redis, keys, args),
  ) {
    this.tag = `{${prefix}:messages}`;
  }

  /** A text that is another one after every change, and when Redis has lost what it had. Cheap enough to ask for all the time. */
  async revision(): Promise<string> {
    return (await this.redis.hmget(`${this.tag}:state`, 'revision', 'nonce')).join(' ');
  }

  /** Every definition by its event type. */
  async all(): Promise<Map<string, StoredVersion>> {
    const lines = Object.entries(await this.redis.hgetall(`${this.tag}:current`));
    return new Map(lines.map(([type, line]) => [type, readLine(line)]));
  }

  /** The last versions of a definition, newest first; none when there never was one, or long ago. */
  async versions(type: string): Promise<StoredVersion[]> {
    return (await this.redis.lrange(this.keysOf(type).history, 0, -1)).map(readLine);
  }

  /** `checked` is the revision beside whose definitions this one was found good; at another one it is `outdated`. */
  async define(type: string, text: string, expected: Expected, checked: string): Promise<DefineAnswer> {
    const args = {
      type,
      definition: text,
      if_version: expected ?? '',
      checked,
      nonce: randomUUID(),
      most: MOST,
      kept: KEPT,
    };
    const [answer, version, updatedMs] = (await this.run(this.define_, this.keysOf(type), args)) as [
      DefineAnswer['answer'],
      number,
      number,
    ];
    return { answer, version, updatedMs };
  }

  async withdraw(type: string, expected: Expected): Promise<WithdrawAnswer> {
    const args = {
      ...{ type, if_version: expected ?? '', nonce: randomUUID(), kept: KEPT, remember_s: REMEMBERED_S },
    };
    const [answer, version] = (await this.run(this.withdraw_, this.keysOf(type), args)) as [
      WithdrawAnswer['answer'],
      number,
    ];
    return { answer, version };
  }

  private keysOf(type: string) {
    return {
      current: `${this.tag}:current`,
      history: `${this.tag}:history:${type}`,
      state: `${this.tag}:state`,
    };
  }
}

/** Version, time and text of a line as the scripts write it. */
function readLine(line: string): StoredVersion {
  const [version = '', updated = ''] = line.split(' ', 2);
  const text = line.slice(version.length + updated.length + 2);
  return { version: Number(version), updatedMs: Number(updated), text: text === '' ? null : text };
}
