import { setImmediate as nextTurn } from 'node:timers/promises';
import { atEndOfTurn } from './end-of-turn';

it('comes after all that is ready now and before the next turn; what a task asks for there still belongs to it', async () => {
  const order: string[] = [];
  atEndOfTurn(() => {
    order.push('first');
    atEndOfTurn(() => order.push('asked for by the first'));
  });
  atEndOfTurn(() => order.push('second'));
  setImmediate(() => order.push('next turn'));
  await Promise.resolve().then(() => order.push('ready'));
  await nextTurn();
  await nextTurn();
  expect(order).toEqual(['ready', 'first', 'second', 'asked for by the first', 'next turn']);
});
