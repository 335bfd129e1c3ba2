import { useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { RecordingLogger } from '../../test/recording-logger';
import { RedisConnections } from '../redis/connections';
import type { MessageDefinition } from '../contract';
import { compileDefinition } from './compile';
import { Follower } from './follower';
import { Messages } from './messages';
import { MessageStore } from './store';

const test = useRedis();
const TYPE = 'order.shipped';
const definition = (title: string, more: Partial<MessageDefinition> = {}): MessageDefinition => ({
  title,
  body: 'B',
  ...more,
});

const store = () => new MessageStore(test.redis, test.prefix);
const newMessages = () => new Messages(store());
const titleIn = (messages: Messages, type = TYPE) => messages.find(type)?.message.definition.title;

function fileOf(type: string, title: string) {
  const compiled = compileDefinition(definition(title));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return new Map([[type, compiled.message]]);
}

/** Another process with the same Redis. */
function newFollower() {
  const messages = newMessages();
  const logger = new RecordingLogger();
  return { messages, logger, follower: new Follower(messages, logger) };
}

describe('a definition', () => {
  it('is in force where it was defined at once, and elsewhere after the next look', async () => {
    const [here, there] = [newMessages(), newMessages()];
    await there.refresh();
    expect(await here.define(TYPE, definition('A'))).toMatchObject({ ok: true, entry: { version: 1 } });
    expect(titleIn(here)).toBe('A');
    expect(titleIn(there)).toBeUndefined();
    await there.refresh();
    expect(titleIn(there)).toBe('A');
  });

  it('is looked for in Redis by a process that does not know it', async () => {
    const there = newMessages();
    await there.refresh();
    await newMessages().define(TYPE, definition('A'));
    expect((await there.look(TYPE))?.message.definition.title).toBe('A');
    expect(await there.look('order.lost')).toBeUndefined();
  });

  it('in Redis goes over that of the file, and that over a built-in one', async () => {
    const messages = new Messages(store(), fileOf('order.created', 'File'));
    expect(messages.find('order.created')).toMatchObject({ origin: 'file', version: null });
    expect(new Messages(store()).find('order.created')).toMatchObject({ origin: 'built_in' });
    await messages.define('order.created', definition('Redis'));
    expect(titleIn(messages, 'order.created')).toBe('Redis');
    expect(await messages.withdraw('order.created')).toMatchObject({ answer: 'withdrawn' });
    expect(titleIn(messages, 'order.created')).toBe('File');
  });

  it('that is wrong is not stored', async () => {
    const messages = newMessages();
    expect(await messages.define(TYPE, { title: 'A', body: 'x\n{{ y | no }}' })).toEqual({
      ok: false,
      problems: [{ field: 'body', message: 'line 2, column 1: undefined filter: no' }],
    });
    expect(await store().all()).toEqual(new Map());
  });

  it('with a fifth collapse key is refused, with a known one it is not', async () => {
    const messages = newMessages();
    for (const key of ['a', 'b', 'c', 'd'])
      expect(await messages.define(`type-${key}`, definition('A', { collapse_key: key }))).toMatchObject({
        ok: true,
      });
    expect(await messages.define('type-e', definition('A', { collapse_key: 'e' }))).toMatchObject({
      problems: [{ field: 'collapse_key' }],
    });
    expect(await messages.define('type-e', definition('A', { collapse_key: 'a' }))).toMatchObject({
      ok: true,
    });
    expect(await messages.define('type-a', definition('A', { collapse_key: 'z' }))).toMatchObject({
      problems: [{ field: 'collapse_key' }],
    });
  });
});

it('of six who bring a collapse key each at the same time, four are taken', async () => {
  const results = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((key) =>
      newMessages().define(`type-${key}`, definition('A', { collapse_key: key })),
    ),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(4);
  const problems = [{ field: 'collapse_key', message: expect.any(String) as string }];
  expect(results.filter(({ ok }) => !ok)).toEqual(Array(2).fill({ ok: false, problems }));
});

describe('a definition whose confirmation comes late', () => {
  /** A process that learns only at `confirm` that Redis has done what it wanted, as when a replica has to have it too. */
  function slowMessages() {
    let confirm!: () => void;
    const confirmed = new Promise<void>((resolve) => (confirm = resolve));
    const slow = new MessageStore(test.redis, test.prefix, async (script, keys, args) => {
      const answer = await script.run(test.redis, keys, args);
      await confirmed;
      return answer;
    });
    return { messages: new Messages(slow), confirm };
  }

  it.each<[string, (others: Messages) => Promise<unknown>, string | undefined]>([
    ['a newer one', (others) => others.define(TYPE, definition('B')), 'B'],
    ['that there is none any more', (others) => others.withdraw(TYPE), undefined],
  ])('does not go over %s, which is known by then', async (_, change, title) => {
    const { messages, confirm } = slowMessages();
    const defining = messages.define(TYPE, definition('A'));
    await until(async () => (await store().all()).has(TYPE));
    await change(newMessages());
    await messages.refresh();
    expect(titleIn(messages)).toBe(title);
    confirm();
    expect(await defining).toMatchObject({ ok: true, entry: { version: 1 } });
    expect(titleIn(messages)).toBe(title);
  });
});

describe('versions', () => {
  it('count every change, and the same again is none', async () => {
    const messages = newMessages();
    expect(await messages.define(TYPE, definition('A'))).toMatchObject({ entry: { version: 1 } });
    const { updatedMs } = messages.find(TYPE)!;
    expect(await messages.define(TYPE, definition('A'))).toMatchObject({ entry: { version: 1, updatedMs } });
    expect(await messages.define(TYPE, definition('B'))).toMatchObject({ entry: { version: 2 } });
    expect(await messages.define('another', definition('C'))).toMatchObject({ entry: { version: 3 } });
    const versions = await messages.versions(TYPE);
    expect(
      versions.map(({ version, text }) => [version, text && (JSON.parse(text) as MessageDefinition).title]),
    ).toEqual([
      [2, 'B'],
      [1, 'A'],
    ]);
  });

  it('are kept, the last twenty of them', async () => {
    const messages = newMessages();
    for (let i = 1; i <= 25; i++) await messages.define(TYPE, definition(`T${i}`));
    const versions = await messages.versions(TYPE);
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, i) => 25 - i));
  });

  it('tell of a definition that was taken away, for thirty days, and its numbers are not used again', async () => {
    const messages = newMessages();
    await messages.define(TYPE, definition('A'));
    await messages.withdraw(TYPE);
    expect(messages.find(TYPE)).toBeUndefined();
    expect((await messages.versions(TYPE)).map(({ version, text }) => [version, text !== null])).toEqual([
      [2, false],
      [1, true],
    ]);
    const history = `{${test.prefix}:messages}:history:${TYPE}`;
    expect(await test.redis.ttl(history)).toBeGreaterThan(2_591_000);
    expect(await messages.withdraw(TYPE)).toMatchObject({ answer: 'missing' });
    expect(await messages.define(TYPE, definition('A'))).toMatchObject({ entry: { version: 3 } });
    expect(await test.redis.ttl(history)).toBe(-1);
  });

  it('settle a race: of ten who change the same version one does', async () => {
    const messages = newMessages();
    await messages.define(TYPE, definition('A'));
    const all = Array.from({ length: 10 }, (_, i) => newMessages().define(TYPE, definition(`B${i}`), 1));
    const results = await Promise.all(all);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter((result) => 'conflict' in result && result.conflict === 2)).toHaveLength(9);
  });

  it('protect what others have done', async () => {
    const messages = newMessages();
    expect(await messages.define(TYPE, definition('A'), 7)).toEqual({ ok: false, conflict: 0 });
    expect(await messages.define(TYPE, definition('A'), 'none')).toMatchObject({ ok: true });
    expect(await messages.define(TYPE, definition('B'), 'none')).toEqual({ ok: false, conflict: 1 });
    expect(await messages.withdraw(TYPE, 7)).toEqual({ answer: 'conflict', version: 1 });
    expect(await messages.withdraw(TYPE, 1)).toMatchObject({ answer: 'withdrawn' });
  });
});

describe('a follower', () => {
  it('knows a change of another process within a second', async () => {
    const { messages, follower } = newFollower();
    follower.start();
    try {
      await until(() => messages.isCurrent);
      await newMessages().define(TYPE, definition('A'));
      const defined = performance.now();
      await until(() => titleIn(messages) === 'A');
      expect(performance.now() - defined).toBeLessThan(1000);
      await newMessages().withdraw(TYPE);
      await until(() => titleIn(messages) === undefined);
    } finally {
      await follower.stop();
    }
  });

  it('notices that Redis has lost everything and got the same number of changes again', async () => {
    const messages = newMessages();
    await messages.define(TYPE, definition('A'));
    const tag = `{${test.prefix}:messages}`;
    await test.redis.del(`${tag}:state`, `${tag}:current`, `${tag}:history:${TYPE}`);
    await newMessages().define('another', definition('B'));
    await messages.refresh();
    expect([titleIn(messages), titleIn(messages, 'another')]).toEqual([undefined, 'B']);
  });

  it('does not take another definition with the same version for the one Redis has lost', async () => {
    const messages = newMessages();
    await messages.define(TYPE, definition('A'));
    const { updatedMs } = messages.find(TYPE)!;
    const tag = `{${test.prefix}:messages}`;
    await test.redis.del(`${tag}:state`, `${tag}:current`);
    await until(() => Date.now() > updatedMs!);
    expect(await newMessages().define(TYPE, definition('B'))).toMatchObject({ entry: { version: 1 } });
    await messages.refresh();
    expect(titleIn(messages)).toBe('B');
  });
});

describe('without Redis', () => {
  it('a process goes on with what it knows, says so once, and learns the rest when Redis is back', async () => {
    const connections = new RedisConnections({ url: test.url, commandTimeoutMs: 500 }, () => {});
    const redis = connections.forCommands();
    await until(() => redis.status === 'ready');
    const messages = new Messages(new MessageStore(redis, test.prefix));
    const logger = new RecordingLogger();
    const follower = new Follower(messages, logger);
    follower.start();
    try {
      await newMessages().define(TYPE, definition('A'));
      await until(() => titleIn(messages) === 'A');
      redis.disconnect();
      await until(() => !messages.isCurrent);
      expect(titleIn(messages)).toBe('A');
      await expect(messages.look('unknown')).rejects.toThrow();
      await expect(messages.define(TYPE, definition('B'))).rejects.toThrow();
      expect(titleIn(messages)).toBe('A');
      await newMessages().define(TYPE, definition('C'));
      await redis.connect();
      await until(() => titleIn(messages) === 'C');
      const said = logger.lines
        .map((line) => JSON.stringify(line))
        .filter((line) => line.includes('definitions'));
      expect(said).toHaveLength(2);
    } finally {
      await follower.stop();
      connections.closeAll();
    }
  });

  it('what a newer Herald has stored and this one does not understand does not displace what it does', async () => {
    const told: string[] = [];
    const messages = new Messages(store(), undefined, (type) => told.push(type));
    await messages.define(TYPE, definition('A'));
    const newer = JSON.stringify({ ...definition('B'), hologram: true });
    await store().define(TYPE, newer, undefined, await store().revision());
    await messages.refresh();
    expect(told).toEqual([TYPE]);
    expect(titleIn(messages)).toBe('A');
  });
});
