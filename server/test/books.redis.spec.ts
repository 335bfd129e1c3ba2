import { mistakesInBooks } from './books';
import { useQueue } from './queue';

const test = useQueue({ partitions: 1, books: false });
const mistakes = () => mistakesInBooks(test.redis, test.keyspace);

describe('the books', () => {
  beforeEach(() => test.enqueued({ eventId: 'queued' }));

  it('of a queue that did its work are right', async () => {
    expect(await mistakes()).toEqual([]);
  });

  it('are wrong when a status was told to nobody', async () => {
    await test.redis.del(test.keyspace.partitions[0]!.keys.changes);
    expect(await mistakes()).toEqual([expect.stringContaining('default/queued is queued, but last told as')]);
  });

  it('are wrong when the audit says so; its own tests say when', async () => {
    await test.redis.del(test.keyspace.partitions[0]!.keys.stream);
    expect(await mistakes()).toEqual([expect.stringContaining('without a stream entry: default/queued')]);
  });
});
