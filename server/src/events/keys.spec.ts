import { EVENT_STATUSES } from '../contract';
import { Keyspace, recordId, splitRecordId } from './keys';

const ids = Array.from({ length: 8000 }, (_, i) => recordId('default', `evt_${i}`));

describe('the keyspace', () => {
  const keyspace = new Keyspace('herald', 8);

  it('gives all keys of a partition its hash tag, so that they share a slot of a Redis Cluster', () => {
    for (const { index, keys } of keyspace.partitions)
      for (const key of Object.values(keys)) expect(key).toMatch(new RegExp(`^\\{herald:${index}\\}:`));
  });

  it('uses no key twice', () => {
    const keys = keyspace.partitions.flatMap((partition) => Object.values(partition.keys));
    expect(new Set([...keys, keyspace.workers, keyspace.meta]).size).toBe(keys.length + 2);
  });

  it('has an index for every status', () => {
    expect(keyspace.partitions[0]!.keys).toMatchObject(
      Object.fromEntries(EVENT_STATUSES.map((status) => [status, `{herald:0}:${status}`])),
    );
  });

  it('spreads events evenly over the partitions', () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (const id of ids) counts[keyspace.partitionOf(id).index]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('puts an event into the same partition in every process', () => {
    const another = new Keyspace('herald', 8);
    expect(ids.map((id) => another.partitionOf(id).index)).toEqual(
      ids.map((id) => keyspace.partitionOf(id).index),
    );
    // Fixed once events exist: another hash would lose sight of them.
    expect(
      ['evt_1', 'evt_2', 'evt_3'].map((id) => keyspace.partitionOf(recordId('default', id)).index),
    ).toEqual([2, 0, 6]);
  });

  it('knows a record by its key, also one of a partition that there is not', () => {
    const { keys } = keyspace.partitions[3]!;
    expect(keyspace.placeOf(`${keys.event_prefix}default/a:b`)).toEqual({ partition: 3, id: 'default/a:b' });
    expect(keyspace.placeOf('{herald:12}:event:default/a')).toEqual({ partition: 12, id: 'default/a' });
  });

  it.each(['{herald:3}:stream', '{herald:eu:3}:event:default/a', '{another:3}:event:default/a', 'x'])(
    'does not take %s for a record',
    (key) => expect(keyspace.placeOf(key)).toBeNull(),
  );

  it('looks for records by a pattern that takes its prefix as it is', () => {
    expect(keyspace.recordPattern).toBe('{herald:*}:event:*');
    expect(new Keyspace('a*[b]', 1).recordPattern).toBe('{a\\*\\[b\\]:*}:event:*');
  });

  it('works with one partition', () => {
    expect(new Keyspace('herald', 1).partitionOf('default/a').index).toBe(0);
  });
});

describe('a record id', () => {
  it.each([
    ['default', 'evt_1'],
    ['github', 'a:b.c-d_e'],
  ])('of %s and %s falls apart into them again', (source, eventId) => {
    expect(splitRecordId(recordId(source, eventId))).toEqual({ source, eventId });
  });
});
