import { Places } from './places';

/** Takes a place and tells when it is there. */
function taker(places: Places, name: string, order: string[]): Promise<void> {
  const turn = places.take();
  if (!turn) order.push(name);
  return Promise.resolve(turn).then(() => void (turn && order.push(name)));
}

it('are there without a promise while one is free', () => {
  const places = new Places(2);
  expect(places.take()).toBeUndefined();
  expect(places.take()).toBeUndefined();
  expect(places.take()).toBeInstanceOf(Promise);
});

it('go to whoever has waited the longest', async () => {
  const places = new Places(1);
  const order: string[] = [];
  const all = ['a', 'b', 'c'].map((name) => taker(places, name, order));
  expect(order).toEqual(['a']);
  places.giveBack();
  await all[1];
  expect(order).toEqual(['a', 'b']);
  const last = taker(places, 'd', order);
  places.giveBack();
  places.giveBack();
  await Promise.all([...all, last]);
  expect(order).toEqual(['a', 'b', 'c', 'd']);
});

it('that nobody waited for are free again', () => {
  const places = new Places(1);
  for (let round = 0; round < 3; round++) {
    expect(places.take()).toBeUndefined();
    places.giveBack();
  }
  expect(places.take()).toBeUndefined();
  expect(places.take()).toBeInstanceOf(Promise);
});

it('are never more than there are, however many come and go', async () => {
  const places = new Places(3);
  let [inUse, most] = [0, 0];
  const use = async () => {
    await places.take();
    most = Math.max(most, ++inUse);
    await new Promise(setImmediate);
    inUse--;
    places.giveBack();
  };
  await Promise.all(Array.from({ length: 5000 }, use));
  expect([most, inUse]).toEqual([3, 0]);
});
