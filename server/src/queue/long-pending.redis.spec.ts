import { newEvent } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { until } from '../../test/until';

// The stream of changes keeps too few for the books of so many events.
const test = useQueue({ partitions: 1, books: false });

/** One run of the command looks at 2,000 entries of a pending list. */
const MORE_THAN_ONE_LOOK = 2100;

it('reclaim finds what a dead worker left behind thousands of entries of a live one', async () => {
  const [live, dead] = [await test.worker(), await test.worker()];
  await Promise.all(Array.from({ length: MORE_THAN_ONE_LOOK }, () => test.queue.enqueue(newEvent())));
  const held = await test.read(live);
  const claim = await test.claimed(dead);
  const upkeep = test.upkeep({ leaseMs: 1000 });
  await until(async () => {
    await live.renew(held);
    return (await upkeep.reclaim('reclaimer')).taken === 1;
  });
  expect(await test.record(claim)).toMatchObject({ status: 'queued' });
}, 30_000);
