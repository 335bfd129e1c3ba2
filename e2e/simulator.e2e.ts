/** The FCM simulator's page as a person meets it, who wants to see what the phones show. */
import { expect, test, type Page } from '@playwright/test';
import { request } from 'undici';
import { startSimulator, type Simulator } from './simulator/simulator.ts';
import { expectAccessible } from './support/accessibility.ts';

let simulator: Simulator;

test.beforeEach(async () => {
  // Without TLS: the browser does not know the simulator's authority.
  simulator = await startSimulator({ plain: true });
});
test.afterEach(() => simulator.close());

async function send(token: string, eventId: string, tag?: string, title = 'New Order'): Promise<void> {
  const message = {
    token,
    notification: { title, body: `Order ${eventId}` },
    data: { event_id: eventId },
    ...(tag !== undefined && { android: { notification: { tag } } }),
  };
  await request(`${simulator.url}/v1/projects/shop/messages:send`, {
    method: 'POST',
    headers: { authorization: 'Bearer owner' },
    body: JSON.stringify({ message }),
  });
}

const device = (page: Page, token: string) => page.locator('.device', { hasText: `…${token.slice(-6)}` });

test('it shows what is on each screen, and keeps itself up to date', async ({ page }) => {
  await page.goto(simulator.url);
  await expect(page.getByText('0 devices, 0 notifications shown')).toBeVisible();
  for (let n = 0; n < 3; n++) await send('phone-111111', 'evt-1', 'tag-1');
  for (let n = 0; n < 2; n++) await send('careless-222222', 'evt-2');
  await expect(device(page, 'phone-111111')).toContainText('rang 1 time · 2 replaced');
  await expect(device(page, 'phone-111111').locator('.note')).toHaveCount(1);
  await expect(device(page, 'careless-222222')).toContainText('shown twice: evt-2');
  await expect(device(page, 'careless-222222').locator('.note')).toHaveCount(2);
});

test('it can be narrowed to an event, paused and wiped, all by the keyboard', async ({ page }) => {
  await send('phone-111111', 'evt-1');
  await send('phone-222222', 'evt-2');
  await page.goto(simulator.url);
  await expect(page.locator('.device')).toHaveCount(2);
  await page.keyboard.press('Tab');
  await page.keyboard.type('evt-2');
  await page.keyboard.press('Enter');
  await expect(page.locator('.device')).toHaveCount(1);
  await expect(page.locator('.message')).toHaveCount(1);

  const pause = page.getByRole('button', { name: 'Pause updates' });
  for (let n = 0; n < 3; n++) await page.keyboard.press('Tab');
  await expect(pause).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(pause).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('.note')).toHaveCount(0);
  expect(simulator.inboxTotals()).toMatchObject({ shown: 0, rings: 2 });
});

test('without scripts it is all there', async ({ browser }) => {
  await send('phone-111111', 'evt-1');
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(simulator.url);
  await expect(device(page, 'phone-111111')).toContainText('New Order');
  await expect(page.getByRole('button', { name: 'Pause updates' })).toBeHidden();
  await page.close();
});

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1200, 360])
    test(`axe finds nothing, ${colorScheme}, ${width} pixels wide`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await send('phone-111111', 'evt-1', 'tag-1');
      await send('phone-111111', 'evt-1', 'tag-1');
      for (let n = 0; n < 2; n++) await send('careless-222222', 'evt-2', undefined, 'طلب جديد 🎉');
      await send('unregistered-333333', 'x'.repeat(300));
      await page.goto(simulator.url);
      await page.getByText('What a registration token can ask for').click();
      await page.getByRole('button', { name: 'Pause updates' }).click();
      await expectAccessible(page);
      const tooWide = await page.evaluate(() =>
        [...document.querySelectorAll('body *')]
          .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth)
          .map(({ tagName, className, id }) => `${tagName} ${className} ${id}`),
      );
      expect(tooWide).toEqual([]);
    });
