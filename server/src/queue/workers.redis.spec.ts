import { newWorker } from '../../test/builders';
import { ManualClock } from '../../test/manual-clock';
import { useRedis } from '../../test/redis';
import { Workers } from './workers';

const test = useRedis();
const clock = new ManualClock();
let workers: Workers;
beforeEach(() => {
  workers = new Workers(test.redis, test.keyspace);
});

const alive = (name: string, silentMs = 0) =>
  newWorker({ name, seen_at: new Date(clock.now() - silentMs).toISOString() });

describe('workers', () => {
  it('are listed by name while they give signs of life', async () => {
    await Promise.all(
      [alive('b'), alive('a', 14_999), alive('c', 15_000)].map((each) => workers.signOfLife(each)),
    );
    expect(await workers.list(clock.now())).toEqual([alive('a', 14_999), alive('b')]);
  });

  it('are shown as they last said they are', async () => {
    await workers.signOfLife(alive('a'));
    await workers.signOfLife({ ...alive('a'), in_flight: 12 });
    expect(await workers.list(clock.now())).toEqual([{ ...alive('a'), in_flight: 12 }]);
  });

  it('that have been silent too long are named, and not before', async () => {
    await Promise.all([alive('old', 60_000), alive('new', 59_999)].map((each) => workers.signOfLife(each)));
    expect(await workers.silent(clock.now(), 60_000)).toEqual(['old']);
  });

  it('are gone when they say good-bye', async () => {
    await workers.signOfLife(alive('a'));
    await workers.remove('a');
    await workers.remove('nobody');
    expect(await workers.list(clock.now())).toEqual([]);
    expect(await workers.silent(clock.now(), 0)).toEqual([]);
  });
});
