/** A device from its registration to its pruning and back, for programs and in the console. */
import { expect, test, type Page } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { expectAccessible, expectNoSidewaysScrolling } from './support/accessibility.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  stack = await startStack({ env: { RATE_LIMIT: '0' } });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterAll(() => stack.stop());

const statusOf = async (eventId: string) => (await operator.event(eventId))?.status;
const settled = (eventId: string) =>
  until(async () => ['sent', 'failed'].includes((await statusOf(eventId)) ?? ''));
const targetsOf = async (eventId: string) =>
  (await stack.simulator.messages(eventId)).map(({ target }) => target).toSorted();

test('registered, pruned when FCM says that it is gone, restored, and in use again', async () => {
  await operator.register('ada', 'unregistered-phone-of-ada', { platform: 'android', locale: 'de-CH' });
  await operator.register('ada', 'tablet-of-ada');
  await sender.order({ event_id: 'evt-prunes', user_id: 'ada' });
  await settled('evt-prunes');
  expect(await targetsOf('evt-prunes')).toEqual(['tablet-of-ada', 'unregistered-phone-of-ada']);
  const pruned = async () => (await operator.devices('ada')).items.find(({ state }) => state === 'pruned');
  await until(async () => (await pruned()) !== undefined);
  expect(await pruned()).toMatchObject({ platform: 'android', pruned: { code: 'UNREGISTERED' } });

  await sender.order({ event_id: 'evt-spares', user_id: 'ada' });
  await settled('evt-spares');
  expect(await targetsOf('evt-spares')).toEqual(['tablet-of-ada']);

  await stack.simulator.steer('unregistered-phone-of-ada', 'ok');
  expect(await operator.restore('ada', (await pruned())!.token_hash)).toBe(200);
  await sender.order({ event_id: 'evt-again', user_id: 'ada' });
  await settled('evt-again');
  expect(await targetsOf('evt-again')).toEqual(['tablet-of-ada', 'unregistered-phone-of-ada']);
  await until(async () =>
    (await operator.devices('ada')).items.every(({ last_result }) => last_result?.code === 'delivered'),
  );
});

test('a user whose only device is pruned is not spoken of to everybody', async () => {
  await operator.register('bob', 'unregistered-phone-of-bob');
  for (const event_id of ['evt-bob-1', 'evt-bob-2']) {
    await sender.order({ event_id, user_id: 'bob' });
    await settled(event_id);
    await until(async () => (await operator.devices('bob')).items[0]?.state === 'pruned');
  }
  expect(await operator.event('evt-bob-2')).toMatchObject({
    status: 'failed',
    last_error: { code: 'UNREGISTERED' },
  });
  expect(await targetsOf('evt-bob-2')).toEqual([]);
});

const row = (page: Page, name: string) => page.locator('tr[data-token-hash]', { hasText: name });

async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(`${stack.apiUrl}/admin/${path}`);
  await page.getByLabel('Admin token').fill(stack.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

test('an operator finds the devices of a user and restores one', async ({ page }) => {
  const details = { platform: 'ios', app_version: '4.2.0', locale: 'fr-CH', time_zone: 'Europe/Zurich' };
  await operator.register('eva', 'unregistered-phone-of-eva', details);
  await sender.order({ event_id: 'evt-eva', user_id: 'eva' });
  await settled('evt-eva');
  await signIn(page, 'events/evt-eva');
  await page.getByRole('link', { name: 'eva', exact: true }).click();
  await expect(page).toHaveURL(/\/admin\/devices\?user_id=eva/);
  await expect(row(page, 'of-eva')).toContainText('Pruned');
  await expect(row(page, 'of-eva')).toContainText('iOS');
  await page.getByRole('button', { name: 'Restore …of-eva' }).click();
  await expect(page.locator('mat-snack-bar-container')).toContainText('is in use again');
  await expect(row(page, 'of-eva')).toContainText('Active');

  await page.keyboard.press('/');
  await page.keyboard.type('nobody');
  await page.keyboard.press('Enter');
  await expect(page.locator('herald-empty-state')).toContainText('No device of this user is known');
  await page.goBack();
  await expect(row(page, 'of-eva')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the devices pages, ${colorScheme}`, async ({ page }) => {
    const tokens = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    for (const token of tokens) await operator.register('max', token, { platform: 'web', shared: true });
    await page.emulateMedia({ colorScheme });
    const check = async (path: string, landmark: string) => {
      await page.goto(`${stack.apiUrl}/admin/${path}`);
      await expect(page.locator(landmark).first()).toBeVisible();
      await expectAccessible(page);
    };
    await signIn(page, 'devices');
    await check('devices', 'herald-empty-state');
    await check('devices?user_id=nobody', 'herald-empty-state');
    await check('devices?user_id=bob', 'tr[data-token-hash]');
    await check('devices?user_id=max', 'nav.pager');
    await page.setViewportSize({ width: 360, height: 740 });
    await check('devices?user_id=ada', 'tr[data-token-hash]');
    await expectNoSidewaysScrolling(page);
  });
}

test('when FCM calls every token gone, pruning stops, and health and console say so', async ({ page }) => {
  const users = Array.from({ length: 60 }, (_, index) => `crowd-${index}`);
  for (const user of users) {
    await operator.register(user, `unregistered-${user}`);
    await sender.order({ event_id: `evt-${user}`, user_id: user });
  }
  for (const user of users) await settled(`evt-${user}`);
  await until(async () => JSON.stringify(await operator.health()).includes('pruning_stopped_at'));
  expect((await operator.health()).status).toBe(200);
  const states = await Promise.all(users.map(async (user) => (await operator.devices(user)).items[0]?.state));
  expect(states.filter((state) => state === 'pruned').length).toBeLessThanOrEqual(20);
  expect(states.filter((state) => state === 'active').length).toBeGreaterThanOrEqual(40);
  await signIn(page, 'devices?user_id=crowd-59');
  await expect(page.getByRole('note')).toContainText('No token is pruned');
  await expectAccessible(page);
});
