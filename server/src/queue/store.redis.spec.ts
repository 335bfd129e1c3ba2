import { newEvent } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { Keyspace, STORE_VERSION } from '../events/keys';
import { Claims } from './claims';
import { Queue } from './queue';
import { Store, StoreRefusal } from './store';

const test = useQueue({ partitions: 3, books: false });
const storeWith = (partitions: number, version?: number) =>
  new Store(test.redis, new Keyspace(test.prefix, partitions), version);
const meta = () => test.redis.hgetall(test.keyspace.meta);

describe('the store', () => {
  it('is what its first user says, and the others agree', async () => {
    const first = storeWith(3, 7);
    expect(first.agreed).toBe(false);
    await first.agree();
    expect(first.agreed).toBe(true);
    expect(await meta()).toEqual({ partitions: '3', version: '7' });
    await storeWith(3, 7).agree();
    expect(await storeWith(3, 7).objection()).toBeNull();
  });

  it('has one first user, however many begin at once', async () => {
    const stores = [4, 5, 6, 7, 8].map((partitions) => storeWith(partitions));
    await Promise.allSettled(stores.map((store) => store.agree()));
    expect(stores.filter(({ agreed }) => agreed)).toHaveLength(1);
  });

  it('is looked at without a trace', async () => {
    expect(await storeWith(3).objection()).toBeNull();
    expect(await meta()).toEqual({});
  });

  it('refuses another number of partitions while events exist, in one plain sentence', async () => {
    await test.enqueued();
    const other = storeWith(4);
    await expect(other.agree()).rejects.toThrow(StoreRefusal);
    expect(other.agreed).toBe(false);
    expect(await other.objection()).toMatchObject({
      message:
        'The events in Redis were taken in with PARTITIONS=3, and this process has PARTITIONS=4: it would lose sight of them.',
      mend: 'Set PARTITIONS to 3; to have another number, use another REDIS_PREFIX.',
    });
    expect(await meta()).toMatchObject({ partitions: '3' });
  });

  it('refuses another version of the layout while events exist', async () => {
    await test.enqueued();
    const next = STORE_VERSION + 1;
    await expect(storeWith(3, next).agree()).rejects.toThrow(
      `were stored in version ${STORE_VERSION} of the layout, and this Herald knows version ${next}.`,
    );
  });

  it('adopts another number of partitions when there is no event', async () => {
    await test.sent(await test.worker());
    await test.upkeep({ retentionS: 0 }).purge();
    await storeWith(4).agree();
    expect(await meta()).toMatchObject({ partitions: '4' });
    await expect(storeWith(3).agree()).resolves.toBeUndefined();
  });

  it.each([2, 30])(
    'of an older Herald, which wrote nothing down, is known by its events: not %i',
    async (partitions) => {
      for (let i = 0; i < 20; i += 1) await test.enqueued();
      await test.redis.del(test.keyspace.meta);
      await expect(storeWith(partitions).agree()).rejects.toThrow(/with another number of PARTITIONS/);
      await storeWith(3).agree();
      expect(await meta()).toMatchObject({ partitions: '3' });
    },
  );

  it('of another prefix is none of its business', async () => {
    await test.enqueued();
    await new Store(test.redis, new Keyspace(`${test.prefix}-other`, 5)).agree();
    expect(await meta()).toMatchObject({ partitions: '3' });
    await test.redis.del(new Keyspace(`${test.prefix}-other`, 5).meta);
  });

  it('keeps out whoever disagrees before it touches an event', async () => {
    const { eventId } = await test.enqueued();
    const keyspace = new Keyspace(test.prefix, 4);
    await expect(new Queue(test.redis, keyspace).enqueue(newEvent())).rejects.toThrow(StoreRefusal);
    await expect(new Claims(test.redis, keyspace, 'worker').createGroups()).rejects.toThrow(StoreRefusal);
    expect(await test.redis.exists(`{${test.prefix}:3}:stream`)).toBe(0);
    expect(await test.events.find('default', eventId)).toMatchObject({ status: 'queued' });
  });
});
