/** Message definitions in the console: defined, mended, looked at and changed by two at a time. */
import { expect, test, type Page } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { expectAccessible, expectNoSidewaysScrolling } from './support/accessibility.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

let stack: Stack;
let operator: Operator;

test.beforeAll(async () => {
  stack = await startStack({ env: { RATE_LIMIT: '0' } });
  operator = new Operator(stack);
  await operator.register('ada', 'phone-of-ada', { platform: 'ios', locale: 'de-CH' });
});

test.afterAll(() => stack.stop());

async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(`${stack.apiUrl}/admin/${path}`);
  await page.getByLabel('Admin token').fill(stack.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

const editor = (page: Page) => page.getByRole('textbox', { name: 'Definition' });
const definition = (more: object = {}) =>
  JSON.stringify({ title: 'On its way', body: 'Order {{ order_id }}', ...more }, null, 2);

test('an operator defines an event type, mends it, sees what FCM would get, and it is delivered', async ({
  page,
}) => {
  await signIn(page, 'messages');
  await expect(page.locator('tr[data-event-type="order.created"]')).toContainText('Built in');
  await page.getByRole('textbox', { name: 'Event type' }).fill('order.shipped');
  await page.getByRole('button', { name: 'Define or open' }).click();
  await expect(page.getByText('Not defined yet')).toBeVisible();

  await editor(page).fill(definition({ locales: { de: { title: '{{ order_id | shout }}' } } }));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('locales.de.title: line 1, column 1: undefined filter: shout')).toBeVisible();
  await page.getByRole('button', { name: 'Line 6' }).click();
  await expect(editor(page)).toBeFocused();

  await editor(page).fill(definition({ locales: { de: { title: 'Unterwegs' } } }));
  await page.getByLabel('Sample payload').fill('{"event_id":"evt-1","user_id":"ada","order_id":"A-1"}');
  await page.getByLabel('Have FCM check it').check();
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(page.locator('article')).toContainText('FCM takes it');
  await expect(page.locator('article')).toContainText('of 4096 bytes');
  await expect(page.locator('article pre')).toContainText('"title": "Unterwegs"');

  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('mat-snack-bar-container')).toContainText('in force everywhere');
  await expect(page.locator('herald-message-page header')).toContainText('Stored · version 1');
  const sender = new Sender(stack);
  expect(
    (await sender.event('order.shipped', { event_id: 'evt-1', user_id: 'ada', order_id: 'A-1' })).status,
  ).toBe(202);
  await expect
    .poll(async () => (await stack.simulator.messages('evt-1')).map(({ target }) => target))
    .toContain('phone-of-ada');
});

test('two operators do not overwrite each other without knowing', async ({ page }) => {
  await signIn(page, 'messages/order.paid');
  await expect(page.getByText('Not defined yet')).toBeVisible();
  await operator.define('order.paid', JSON.parse(definition({ title: 'Theirs' })));
  await editor(page).fill(definition({ title: 'Mine' }));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toContainText('Somebody else has changed it');
  await page.getByRole('button', { name: 'Save mine over it' }).click();
  await expect(page.locator('herald-message-page header')).toContainText('version');
  await expect(editor(page)).toHaveValue(/Mine/);
  await page
    .getByRole('button', { name: /^Restore version/ })
    .last()
    .click();
  await expect(editor(page)).toHaveValue(/Theirs/);
});

test('what is written survives a wrong click, a reload and the end of the session', async ({ page }) => {
  await signIn(page, 'messages/order.drafted');
  await editor(page).fill(definition({ title: 'Mine' }));
  await page.getByRole('link', { name: 'Devices' }).click();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await expect(question).toBeVisible();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(question).toHaveCount(0);
  await expect(page).toHaveURL(/order\.drafted/);

  const asked = page.waitForEvent('dialog');
  const reloaded = page.reload();
  expect((await asked).type()).toBe('beforeunload');
  await (await asked).accept();
  await reloaded;
  await expect(editor(page)).toHaveValue(/Mine/);

  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await page.getByLabel('Admin token').fill(stack.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(editor(page)).toHaveValue(/Mine/);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('herald-message-page header')).toContainText('version');
});

test('what is taken away is asked about by keyboard, and can be saved again', async ({ page }) => {
  await operator.define('order.returned', JSON.parse(definition()));
  await signIn(page, 'messages/order.returned');
  const takeAway = page.getByRole('button', { name: 'Take away' });
  await takeAway.press('Enter');
  await expect(page.getByRole('alertdialog')).toContainText('Take this definition away?');
  await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(takeAway).toBeFocused();

  await takeAway.press('Enter');
  await page.getByRole('button', { name: 'Take it away' }).press('Enter');
  await expect(page.getByText('Not defined yet')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('herald-message-page header')).toContainText('Stored · version');
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on the messages pages, ${colorScheme}`, async ({ page }) => {
    await operator.define(
      'order.shipped',
      JSON.parse(definition({ locales: { de: { title: 'Unterwegs' } } })),
    );
    await page.emulateMedia({ colorScheme });
    const check = async (name: string) => {
      await expectAccessible(page);
      if (process.env.SCREENSHOTS)
        await page.screenshot({
          path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}.png`,
          fullPage: true,
        });
    };
    await signIn(page, 'messages');
    await expect(page.locator('tr[data-event-type]').first()).toBeVisible();
    await check('list');
    await page.goto(`${stack.apiUrl}/admin/messages/order.lost`);
    await expect(page.getByText('Not defined yet')).toBeVisible();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.locator('.problems')).toBeVisible();
    await check('new');
    await page.goto(`${stack.apiUrl}/admin/messages/order.shipped`);
    await page.getByLabel('Sample payload').fill('{"event_id":"evt-1","user_id":"ada","order_id":"A-1"}');
    await page.getByLabel('Have FCM check it').check();
    await page.getByRole('button', { name: 'Preview' }).click();
    await expect(page.locator('article pre')).toBeVisible();
    await check('one');
    await page.getByLabel('Locale').fill('de');
    await expect(page.getByText('Something was changed since this was shown.')).toBeVisible();
    await check('outdated');
    await page.setViewportSize({ width: 360, height: 740 });
    await check('narrow');
    await expectNoSidewaysScrolling(page);
    await page.goto(`${stack.apiUrl}/admin/messages`);
    await expect(page.locator('tr[data-event-type]').first()).toBeVisible();
    await check('narrow-list');
  });
