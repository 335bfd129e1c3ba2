/** The rate limit as the product ships it. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { Sender } from './support/sender.ts';

let stack: Stack;

test.beforeAll(async () => {
  stack = await startStack({ workers: 0 });
});

test.afterAll(() => stack.stop());

test('of eleven quick requests the eleventh is told when to come again', async () => {
  const sender = new Sender(stack);
  for (let index = 1; index <= 10; index++)
    expect((await sender.order({ event_id: `evt-${index}` })).status).toBe(202);
  const refused = await sender.order({ event_id: 'evt-11' });
  expect(refused).toMatchObject({
    status: 429,
    body: { code: 'rate_limited', error: 'Rate limit exceeded' },
  });
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(10);
  expect(refused.headers.get('ratelimit')).toMatch(/^"webhook";r=0;t=\d+$/);
});
