import { ignoreErrors, useRedis } from '../../test/redis';
import { manualRedis } from '../../test/model/manual-redis';
import { FCM_QUOTAS } from '../../test/notifier';
import { RedisConnections } from '../redis/connections';
import { DeviceQuotas } from './device-quotas';
import { QuotaKeys } from './quota-keys';
import type { QuotaSettings } from './settings';

const test = useRedis();
let keys: QuotaKeys;
let waits: string[];
let now: number;

beforeEach(async () => {
  keys = new QuotaKeys(test.prefix);
  waits = [];
  now = Date.now();
  await wait(0);
});

async function wait(ms: number): Promise<void> {
  now += ms;
  await test.redis.set(`{${test.prefix}:quota}:clock`, now);
}

/** A worker's, whose Redis lives in a time of its own. */
const newWorker = (settings: Partial<QuotaSettings> = {}, redis = manualRedis(test.redis).client) =>
  new DeviceQuotas(redis, keys, { ...FCM_QUOTAS, ...settings }, (scope) => waits.push(scope));

const KEY = 'abcdef0123456789';
const keyOf = (number: number) => number.toString(16).padStart(5, '0') + '0'.repeat(11);

/** How many of so many messages may go, the workers taking turns. */
async function passed(workers: DeviceQuotas[], messages: number, isCollapsible = false): Promise<number> {
  let count = 0;
  for (let i = 0; i < messages; i++)
    if ((await workers[i % workers.length]!.admit(KEY, isCollapsible)) === 0) count++;
  return count;
}

describe("a device's quota", () => {
  it('costs nothing for devices that get few messages', async () => {
    const devices = newWorker();
    for (let device = 0; device < 5000; device++)
      for (let i = 0; i < 8; i++) expect(devices.admit(keyOf(device), false)).toBe(0);
    expect(await test.redis.exists(keys.device(keyOf(1)))).toBe(0);
  });

  it.each([1, 2, 3])('is kept by %d workers together', async (count) => {
    const workers = Array.from({ length: count }, () => newWorker());
    const sent = await passed(workers, 300);
    expect(sent).toBeLessThanOrEqual(240);
    expect(sent).toBeGreaterThanOrEqual(216);
    expect(waits).toContain('device');
  });

  it('of an hour is kept beside that of a minute', async () => {
    let [sent, minutes] = [0, 0];
    // Each minute another worker, so that none remembers who had to wait.
    const hour = async () => {
      for (sent = 0, minutes = 0; minutes < 60; minutes++, await wait(60_000))
        sent += await passed([newWorker({ devicePerHour: 400 })], 20);
      return sent;
    };
    // What the bucket held and what flowed in; then what flows in, and the eight a minute that nobody is asked about.
    expect(await hour()).toBeLessThanOrEqual(800);
    expect(await hour()).toBeLessThanOrEqual(520);
    expect(sent).toBeGreaterThan(300);
  }, 30_000);

  it('that is near lets a message wait in place; one that is far sends it back, each to a turn of its own', async () => {
    const devices = newWorker({ devicePerMinute: 60, devicePerHour: 0 });
    await passed([devices], 54);
    const turns = [devices.admit(KEY, false)];
    expect(turns[0]).toBeInstanceOf(Promise);
    expect(await turns[0]).toBeGreaterThan(1000);
    const [first, second] = [devices.admit(KEY, false), devices.admit(KEY, false)] as [number, number];
    expect(second - first).toBeGreaterThan(1000);
  });

  it('of one device is nobody else’s', async () => {
    const devices = newWorker();
    await passed([devices], 300);
    expect(await devices.admit(KEY, false)).toBeGreaterThan(0);
    expect(devices.admit(keyOf(1), false)).toBe(0);
  });

  it('that FCM refused holds all workers back from that device, and from no other', async () => {
    const [one, other] = [newWorker(), newWorker()];
    await one.block(KEY, 60_000);
    expect(one.admit(KEY, false)).toBeGreaterThan(59_000);
    expect(one.admit(keyOf(1), false)).toBe(0);
    // The other one learns of it as soon as it asks.
    const answers = [];
    for (let i = 0; i < 9; i++) answers.push(await other.admit(KEY, false));
    expect(answers.at(-1)).toBeGreaterThan(59_000);
    await wait(60_001);
    expect(await passed([newWorker()], 20)).toBe(20);
  });

  it('is forgotten when it is whole again', async () => {
    await passed([newWorker({ devicePerHour: 0 })], 100);
    const expiry = await test.redis.pexpiretime(keys.device(KEY));
    expect(expiry - now).toBeGreaterThan(20_000);
    expect(expiry - now).toBeLessThan(30_000);
  });
});

describe('collapsible messages to one device', () => {
  it('pass twenty at once, whoever sends them, then one in three minutes', async () => {
    const workers = [newWorker(), newWorker()];
    expect(await passed(workers, 40, true)).toBe(20);
    expect(waits).toContain('collapsible');
    const held = await newWorker().admit(KEY, true);
    expect(held).toBeGreaterThan(179_000);
    expect(held).toBeLessThanOrEqual(180_000);
    await wait(180_000);
    expect(await passed([newWorker()], 5, true)).toBe(1);
    await wait(20 * 180_000);
    expect(await passed([newWorker()], 40, true)).toBe(20);
  });

  it('do not hold back others', async () => {
    const devices = newWorker();
    await passed([devices], 30, true);
    expect(await devices.admit(KEY, false)).toBe(0);
  });
});

it('a quota of 0 is none', async () => {
  const none = { devicePerMinute: 0, devicePerHour: 0, collapsibleBurst: 0 };
  expect(await passed([newWorker(none)], 400, true)).toBe(400);
});

it('without Redis everything may go', async () => {
  const away = new RedisConnections({ url: 'redis://127.0.0.1:1', commandTimeoutMs: 100 }, ignoreErrors);
  const devices = newWorker({}, away.forCommands());
  expect(await devices.admit(KEY, true)).toBe(0);
  expect(await passed([devices], 10)).toBe(10);
  away.closeAll();
});

it('a foreign key in the place of a device’s is left as it is, and holds nobody back', async () => {
  await test.redis.rpush(keys.device(KEY), 'in the way');
  expect(await newWorker().admit(KEY, true)).toBe(0);
  expect(await test.redis.lrange(keys.device(KEY), 0, -1)).toEqual(['in the way']);
});
