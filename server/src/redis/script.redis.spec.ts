import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Redis from 'ioredis';
import { useRedis } from '../../test/redis';
import { Script } from './script';

const test = useRedis();
const directory = mkdtempSync(join(tmpdir(), 'herald-scripts-'));
afterAll(() => rmSync(directory, { recursive: true }));

function script(text: string, name = 'main'): Script {
  return new Script(file(text, name));
}

function file(text: string, name: string): string {
  const path = join(directory, `${name}.lua`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const SWAP = `--! keys from to
--! args value suffix
redis.call('SET', key.to, arg.value .. arg.suffix)
return { key.from, key.to, arg.value, arg.suffix }
`;

describe('a script', () => {
  it('gets its keys and arguments by name, whatever order they are given in', async () => {
    const keys = { to: `${test.prefix}:to`, from: `${test.prefix}:from` };
    expect(await script(SWAP).run(test.redis, keys, { suffix: 2, value: 'one' })).toEqual([
      keys.from,
      keys.to,
      'one',
      '2',
    ]);
    expect(await test.redis.get(keys.to)).toBe('one2');
  });

  it('takes only what its header names from what it is given', async () => {
    const keys = { to: `${test.prefix}:to`, from: `${test.prefix}:from`, other: 'x' };
    expect(await script(SWAP).run(test.redis, keys, { value: 'a', suffix: 'b', other: 'c' })).toHaveLength(4);
  });

  it.each([
    ['key', { from: 'a' }, { value: '', suffix: '' }, /key "to"/],
    ['argument', { from: 'a', to: 'b' }, { value: '' }, /argument "suffix"/],
  ])(
    'is refused without a %s that its header names, before Redis hears of it',
    async (_, keys, args, message) => {
      await expect(script(SWAP).run(test.redis, keys as Record<string, string>, args)).rejects.toThrow(
        message,
      );
    },
  );

  it('runs without keys and arguments', async () => {
    expect(await script('return 7').run(test.redis, {})).toBe(7);
  });

  it('passes bytes through unchanged', async () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    const keys = { blob: `${test.prefix}:blob` };
    await script(`--! keys blob\n--! args bytes\nredis.call('SET', key.blob, arg.bytes)`).run(
      test.redis,
      keys,
      { bytes },
    );
    expect(await test.redis.getBuffer(keys.blob)).toEqual(bytes);
  });

  it('sees what it includes, in the order of its header', async () => {
    file('local function double(n) return n * 2 end', 'lib/double');
    file('local function fourfold(n) return double(double(n)) end', 'lib/fourfold');
    const main = script(`#!lua flags=no-writes
--! include lib/double lib/fourfold
--! args n
return fourfold(arg.n)`);
    expect(await main.run(test.redis, {}, { n: 5 })).toBe(20);
    expect(main.text).toMatch(/^#!lua flags=no-writes\n/);
  });

  it('keeps the flags of its first line', async () => {
    const writer = script(`#!lua flags=no-writes\n--! keys k\nreturn redis.call('SET', key.k, 1)`);
    await expect(writer.run(test.redis, { k: `${test.prefix}:k` })).rejects.toThrow(/read-only/);
  });

  it('runs again after Redis has forgotten all scripts', async () => {
    const answer = script(`return 'still here'`);
    await answer.run(test.redis, {});
    await test.redis.script('FLUSH');
    expect(await answer.run(test.redis, {})).toBe('still here');
    expect(await answer.run(test.redis, {})).toBe('still here');
  });

  it('rejects with what Redis says when the script fails', async () => {
    await expect(script(`return redis.error_reply('WRONG no')`).run(test.redis, {})).rejects.toThrow(
      'WRONG no',
    );
  });
});

it('does what a library has left for the end also when it fails on its way', async () => {
  file("after = function() redis.call('SET', key.end_of_it, 'done') end", 'lib/tidy');
  const failing = script("--! include lib/tidy\n--! keys end_of_it\nerror('half-way')", 'failing');
  const end = `${test.prefix}:end`;
  await expect(failing.run(test.redis, { end_of_it: end })).rejects.toThrow(/half-way/);
  expect(await test.redis.get(end)).toBe('done');
});

const COUNT = `#!lua
--! keys total
--! each own
--! args by
if redis.call('TYPE', key.own).ok == 'list' then error({ err = 'WRONGTYPE not this one' }) end
if arg.by == 'nonsense' then return redis.error_reply('WRONG no number') end
redis.call('INCRBY', key.total, arg.by)
return { key.own, redis.call('INCRBY', key.own, arg.by) }`;

describe('a script with keys of each run’s own', () => {
  const total = () => `${test.prefix}:total`;
  const own = (name: string) => `${test.prefix}:${name}`;
  const run = (counting: Script, name: string, by: string | number) =>
    counting.run(test.redis, { total: total(), own: own(name) }, { by });

  it('answers each of those that come together as if it had come alone', async () => {
    const counting = script(COUNT, 'count');
    const names = ['a', 'b', 'a'];
    expect(await Promise.all(names.map((name, at) => run(counting, name, at + 1)))).toEqual([
      [own('a'), 1],
      [own('b'), 2],
      [own('a'), 4],
    ]);
    expect(await test.redis.get(total())).toBe('6');
  });

  it('sends those that come together as one, but no more than 64', async () => {
    const counting = script(COUNT, 'count');
    await run(counting, 'warm', 0);
    const sent = jest.spyOn(test.redis, 'evalsha');
    await Promise.all(Array.from({ length: 130 }, (_, at) => run(counting, `many-${at}`, 1)));
    expect(sent).toHaveBeenCalledTimes(3);
    expect(await test.redis.get(total())).toBe('130');
  });

  it('begins another batch when one has come to a megabyte', async () => {
    const measuring = script(
      `--! keys all\n--! each own\n--! args text\nreturn redis.call('INCR', key.all) + #arg.text`,
      'measure',
    );
    const measure = (name: string, length: number) =>
      measuring.run(test.redis, { all: total(), own: own(name) }, { text: 'x'.repeat(length) });
    await measure('warm', 1);
    const sent = jest.spyOn(test.redis, 'evalsha').mockClear();
    await Promise.all([600_000, 600_000, 10, 2_000_000, 10].map((length, at) => measure(`m-${at}`, length)));
    expect(sent).toHaveBeenCalledTimes(3);
  });

  it('fails those alone that fail', async () => {
    const counting = script(COUNT, 'count');
    await test.redis.rpush(own('list'), 'in the way');
    await test.redis.set(own('text'), 'no number');
    const runs = [
      run(counting, 'list', 1),
      run(counting, 'a', 2),
      run(counting, 'b', 'nonsense'),
      run(counting, 'text', 3),
      run(counting, 'b', 4),
    ];
    const outcomes = await Promise.allSettled(runs);
    expect(
      outcomes.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
    ).toEqual([
      expect.stringMatching(/^WRONGTYPE not this one/),
      [own('a'), 2],
      'WRONG no number',
      expect.stringMatching(/not an integer/),
      [own('b'), 4],
    ]);
  });

  it('keeps those apart whose other keys differ', async () => {
    const counting = script(COUNT, 'count');
    const there = `${test.prefix}:there`;
    await Promise.all([
      run(counting, 'a', 1),
      counting.run(test.redis, { total: there, own: own('a') }, { by: 2 }),
    ]);
    expect(await test.redis.mget(total(), there)).toEqual(['1', '2']);
  });

  it('is refused without a key of its own, and the others of its turn go on', async () => {
    const counting = script(COUNT, 'count');
    const refused = counting.run(test.redis, { total: total() }, { by: 1 });
    const other = run(counting, 'a', 2);
    await expect(refused).rejects.toThrow(/key "own"/);
    expect(await other).toEqual([own('a'), 2]);
  });

  it('rejects all of a turn when Redis cannot be reached', async () => {
    const counting = script(COUNT, 'count');
    const away = new Redis({ lazyConnect: true });
    away.disconnect();
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((name) => counting.run(away, { total: total(), own: own(name) }, { by: 1 })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
