/** The console as an operator meets it: in a browser, served by the api, fed by real events. */
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
  await operator.register('dora', 'unregistered-phone');
});

test.afterAll(() => stack.stop());

async function signIn(page: Page, path = 'events'): Promise<void> {
  await page.goto(`${stack.apiUrl}/admin/${path}`);
  await page.getByLabel('Admin token').fill(stack.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('herald-live-state[data-state=live]')).toBeVisible();
}

const row = (page: Page, eventId: string) => page.locator(`tr[data-event-id="${eventId}"]`);

test('a wrong token is refused with a reason; the right one leads to where one wanted to go', async ({
  page,
}) => {
  await page.goto(`${stack.apiUrl}/admin/events?status=failed`);
  await page.getByLabel('Admin token').fill('not the admin token at all');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('#refusal')).toBeVisible();
  await page.getByLabel('Admin token').fill(stack.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/admin\/events\?status=failed/);
});

test('a webhook appears in the open list and becomes sent within a second, without a reload', async ({
  page,
}) => {
  await signIn(page);
  const started = performance.now();
  await sender.order({ event_id: 'evt-live' });
  await expect(row(page, 'evt-live').locator('[data-status=sent]')).toBeVisible({ timeout: 1000 });
  expect(performance.now() - started).toBeLessThan(1500);
  await expect(row(page, 'evt-live')).toContainText('order.created');
});

test('tabs that nobody sees leave the connections to the one that somebody looks at', async ({ context }) => {
  /** A headless browser takes every tab for visible. */
  const look = (page: Page, state: 'hidden' | 'visible') =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state === 'hidden');
  const first = await context.newPage();
  await signIn(first);
  const open = async () => {
    const page = await context.newPage();
    await page.goto(`${stack.apiUrl}/admin/events`);
    await expect(page.locator('herald-live-state[data-state=live]')).toBeVisible({ timeout: 15_000 });
    return page;
  };
  // With the first as many as the connections that a browser opens to a host.
  const others = await Promise.all(Array.from({ length: 5 }, open));
  for (const page of [first, ...others]) await look(page, 'hidden');
  await open();

  await sender.order({ event_id: 'evt-unseen' });
  await until(async () => (await operator.event('evt-unseen'))?.status === 'sent');
  await expect(first.locator('herald-live-state')).toHaveText('Reconnecting');
  await expect(row(first, 'evt-unseen')).toHaveCount(0);
  await look(first, 'visible');
  await expect(row(first, 'evt-unseen').locator('[data-status=sent]')).toBeVisible();
});

test('a failed event says why, and one key replays it when its phone is back', async ({ page }) => {
  await sender.order({ event_id: 'evt-failed', user_id: 'dora' });
  await until(async () => (await operator.event('evt-failed'))?.status === 'failed');
  await signIn(page, 'events?status=failed');
  await expect(row(page, 'evt-failed')).toContainText('UNREGISTERED');
  await row(page, 'evt-failed').getByRole('link', { name: 'evt-failed' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('evt-failed');
  await expect(page.getByText('"user_id": "dora"')).toBeVisible();

  await stack.simulator.steer('unregistered-phone', 'ok');
  // Its token was pruned; the app that is back registers it again.
  await operator.register('dora', 'unregistered-phone');
  // Twice, as a hasty hand does: it is replayed once.
  await page.keyboard.press('r');
  await page.keyboard.press('r');
  await expect(page.locator('mat-snack-bar-container')).toBeVisible();
  await expect(page.locator('herald-status-chip[data-status=sent]').first()).toBeVisible();
  await expect(page.locator('herald-event-history li')).toHaveCount(5);
});

test('the focus stays in the row whose event is replayed while its button is away', async ({ page }) => {
  await signIn(page);
  const [worker] = stack.workers;
  await worker!.stop();
  await page.getByRole('button', { name: 'Replay evt-live' }).press('Enter');
  await expect(row(page, 'evt-live').locator('[data-status=queued]')).toBeVisible();
  await expect(row(page, 'evt-live').getByRole('link')).toBeFocused();
  await worker!.start();
  await expect(row(page, 'evt-live').locator('[data-status=sent]')).toBeVisible({ timeout: 15_000 });
  await expect(row(page, 'evt-live').getByRole('link')).toBeFocused();
});

test('search, filter and paging live in the address, and work by keyboard', async ({ page }) => {
  for (let index = 10; index < 55; index++) await sender.order({ event_id: `page-${index}` });
  await until(async () => (await operator.totals()).queue_size === 0);
  await signIn(page);
  await page.keyboard.press('/');
  await page.keyboard.type('page-');
  await expect(page).toHaveURL(/event_id=page-/);
  await expect(page.locator('tr[data-event-id]')).toHaveCount(20);
  await expect(row(page, 'page-54')).toBeVisible();
  await page
    .getByRole('button', { name: 'Next' })
    .or(page.getByRole('link', { name: 'Next' }))
    .click();
  await expect(row(page, 'page-34')).toBeVisible();
  await expect(row(page, 'page-54')).toHaveCount(0);
  await page.goBack();
  await expect(row(page, 'page-54')).toBeVisible();
  await page.getByRole('option', { name: 'Failed' }).click();
  await expect(page).toHaveURL(/status=failed/);
  await expect(page.locator('herald-empty-state')).toBeVisible();
});

test('while Redis is away the console says so, and it goes on by itself', async ({ page }) => {
  await signIn(page);
  await stack.redis.stop();
  await expect(page.locator('herald-live-state')).toHaveText('Not updating', { timeout: 15_000 });
  await page.reload();
  await expect(page.locator('herald-problem-banner')).toBeVisible({ timeout: 10_000 });
  await expect(page.locator('herald-live-state')).not.toHaveText('Live');
  await stack.redis.start();
  await expect(row(page, 'page-54')).toBeVisible({ timeout: 15_000 });
  await expect(page.locator('herald-problem-banner')).toHaveCount(0);
  await expect(page.locator('herald-live-state')).toHaveText('Live');
});

test('a page that was clicked while the api was away is there once the api is back', async ({ page }) => {
  await signIn(page);
  await stack.api.stop();
  await page.getByRole('link', { name: 'Devices' }).click();
  await expect(page.locator('mat-snack-bar-container')).toContainText('The server does not answer');
  await expect(page).toHaveURL(/\/admin\/events/);
  await stack.api.start();
  await page.getByRole('link', { name: 'Devices' }).click();
  await expect(page.getByText('Whose devices?')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const check = async (path: string, landmark: string) => {
      await page.goto(`${stack.apiUrl}/admin/${path}`);
      await expect(page.locator(landmark).first()).toBeVisible();
      await expectAccessible(page);
    };
    await check('sign-in', 'button');
    await signIn(page);
    await check('events', 'tr[data-event-id]');
    await check('events?event_id=nothing-like-this', 'herald-empty-state');
    await check('events/evt-live', 'herald-event-history');
    await check('events/evt-not-here', 'herald-problem-banner, herald-empty-state');
    await page.setViewportSize({ width: 360, height: 740 });
    await check('events', 'tr[data-event-id]');
    await expectNoSidewaysScrolling(page);
  });
}

test('the first render takes under a second: largest contentful paint of the list, and nothing shifts', async ({
  page,
}) => {
  await signIn(page);
  await page.goto('about:blank');
  await page.goto(`${stack.apiUrl}/admin/events`);
  await expect(page.locator('tr[data-event-id]').first()).toBeVisible();
  const { paint, shift } = await page.evaluate(async () => {
    const entriesOf = (type: string) =>
      new Promise<PerformanceEntryList>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
        // No entry of this type is an answer too.
        setTimeout(() => resolve([]), 1000);
      });
    const paints = await entriesOf('largest-contentful-paint');
    const shifts = (await entriesOf('layout-shift')) as (PerformanceEntry & { value: number })[];
    return { paint: paints.at(-1)!.startTime, shift: shifts.reduce((sum, { value }) => sum + value, 0) };
  });
  console.log(`largest contentful paint ${Math.round(paint)} ms, layout shift ${shift.toFixed(3)}`);
  expect(paint).toBeLessThan(1000);
  expect(shift).toBeLessThan(0.1);
});
