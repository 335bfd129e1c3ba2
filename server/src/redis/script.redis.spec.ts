import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
