/** Topics that devices follow by themselves: from a definition to the screens of those who follow, and of nobody else. */
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  stack = await startStack({ workers: 2, env: { RATE_LIMIT: '0' } });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterAll(() => stack.stop());

const followers = async () => {
  const { items } = await operator.topics('ada');
  return items.flatMap(({ devices }) => devices.map(({ state }) => state));
};
const shownOn = async (eventId: string) => {
  const { items } = await stack.simulator.inbox();
  return items
    .filter(({ notifications }) => notifications.some(({ event_id }) => event_id === eventId))
    .map(({ token }) => token)
    .toSorted();
};

test('devices follow the topic of a definition, get its events, and no more once they are pruned', async () => {
  const definition = {
    title: 'News',
    body: '{{ headline }}',
    target: { topic: 'news' },
    subscribe: { platforms: ['android', 'ios'] },
  };
  expect(await operator.define('news.out', definition)).toMatchObject({ status: 200 });
  await operator.register('ada', 'phone-of-ada', { platform: 'android' });
  await operator.register('ada', 'ios-tablet-of-ada', { platform: 'ios' });
  await operator.register('ada', 'web-of-ada', { platform: 'web' });
  await until(async () => (await followers()).filter((state) => state === 'subscribed').length === 2);

  await sender.event('news.out', { event_id: 'evt-1', headline: 'It works' });
  await until(async () => (await shownOn('evt-1')).length > 0);
  expect(await shownOn('evt-1')).toEqual(['ios-tablet-of-ada', 'phone-of-ada']);

  // FCM calls it gone once: when the next order reaches it.
  await stack.simulator.steer('phone-of-ada', 'unregistered-1x');
  await sender.order({ event_id: 'evt-prunes', user_id: 'ada' });
  await until(async () => (await operator.devices('ada')).items.some(({ state }) => state === 'pruned'));
  await until(async () => (await stack.simulator.topics()).some(({ followers }) => followers === 1));

  await sender.event('news.out', { event_id: 'evt-2', headline: 'Still works' });
  await until(async () => (await shownOn('evt-2')).length > 0);
  expect(await shownOn('evt-2')).toEqual(['ios-tablet-of-ada']);
});
