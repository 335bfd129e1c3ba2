import { join } from 'node:path';
import type { EventSummary } from '../contract';
import type { RedisClient } from '../redis/connections';
import { Script } from '../redis/script';
import { unpackContent } from './content';
import type { Keyspace } from './keys';
import { readSummary, type StoredRecord, SUMMARY_FIELDS } from './record';

type Fields = Record<string, Buffer | undefined>;

/** Reads records, whichever way they are kept. Rejects when Redis cannot be reached. */
export class Records {
  private readonly script = new Script(join(__dirname, 'commands/read.lua'));

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
  ) {}

  /** All fields of a record, its payload and headers in clear; null when there is no such event. */
  async read(id: string): Promise<StoredRecord | null> {
    const { content, ...fields } = await this.fieldsOf(id, []);
    if (!fields.status) return null;
    return { ...textsOf(fields), ...(content?.length && (await unpackContent(content))) };
  }

  async summary(id: string): Promise<EventSummary | null> {
    const texts = textsOf(await this.fieldsOf(id, SUMMARY_FIELDS));
    const values = SUMMARY_FIELDS.map((field) => texts[field] ?? null);
    return readSummary(id, values);
  }

  /** Bytes, because compressed content is no text. */
  private async fieldsOf(id: string, names: readonly string[]): Promise<Fields> {
    const event = this.keyspace.partitionOf(id).keys.event_prefix + id;
    const reply = (await this.script.runForBytes(
      this.redis,
      { event },
      { names: names.join(' ') },
    )) as Buffer[];
    const pairs = reply.flatMap((name, at) => (at % 2 ? [] : [[name.toString(), reply[at + 1]] as const]));
    return Object.fromEntries(pairs);
  }
}

function textsOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}
