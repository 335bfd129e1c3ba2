import { useRedis } from '../../test/redis';
import { Devices } from './devices';
import { MOST_OWNERS } from './lifetimes';

const test = useRedis();
const TOKEN = 'tablet-in-the-kitchen';
let devices: Devices;

beforeEach(() => {
  devices = new Devices(test.redis, test.prefix);
});

const register = (userId: string, shared?: boolean) => devices.register({ userId, token: TOKEN, shared });
const owners = async () => ((await devices.find(TOKEN))?.user_ids ?? []).toSorted();
const reached = async (userId: string) => (await devices.targetsOf(userId)).devices.length === 1;

describe('a shared device', () => {
  beforeEach(async () => {
    expect(await register('ada', true)).toBe('registered');
    expect(await register('bob', true)).toBe('registered');
  });

  it('shows the messages of all its owners', async () => {
    expect(await owners()).toEqual(['ada', 'bob']);
    expect([await reached('ada'), await reached('bob')]).toEqual([true, true]);
    expect(await devices.list('ada')).toMatchObject([{ shared: true }]);
  });

  it('stays shared when an owner registers it as always', async () => {
    expect(await register('ada')).toBe('confirmed');
    expect(await owners()).toEqual(['ada', 'bob']);
  });

  it('belongs to the one owner who wants it for himself', async () => {
    expect(await register('ada', false)).toBe('moved');
    expect(await owners()).toEqual(['ada']);
    expect(await reached('bob')).toBe(false);
    expect(await devices.list('ada')).toMatchObject([{ shared: false }]);
  });

  it('belongs to the stranger alone who registers it without sharing', async () => {
    expect(await register('eve')).toBe('moved');
    expect(await owners()).toEqual(['eve']);
    expect([await reached('ada'), await reached('bob')]).toEqual([false, false]);
  });

  it('is left by one owner, then by the last', async () => {
    expect(await devices.signOut(TOKEN, 'eve')).toBe('missing');
    expect(await devices.signOut(TOKEN, 'ada')).toBe('forgotten');
    expect(await owners()).toEqual(['bob']);
    expect(await reached('ada')).toBe(false);
    expect(await devices.signOut(TOKEN, 'bob')).toBe('forgotten');
    expect(await devices.find(TOKEN)).toBeNull();
  });

  it('is taken from everybody when nobody is named', async () => {
    await devices.signOut(TOKEN);
    expect([await reached('ada'), await reached('bob')]).toEqual([false, false]);
    expect(await devices.find(TOKEN)).toBeNull();
  });

  it('has room for so many owners and no more', async () => {
    for (let index = 0; index < MOST_OWNERS; index++) await register(`user-${index}`, true);
    const kept = await owners();
    expect(kept).toHaveLength(MOST_OWNERS);
    expect(kept).toContain(`user-${MOST_OWNERS - 1}`);
    expect(kept).not.toContain('ada');
    expect(await reached('ada')).toBe(false);
  });
});

it('a device that one user has alone is not shared by what another one says', async () => {
  await register('ada');
  expect(await register('bob', true)).toBe('moved');
  expect(await owners()).toEqual(['bob']);
  expect(await reached('ada')).toBe(false);
});
