/** The console says on every page that nothing leaves the machine; also where there is little room for it. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { expectAccessible, expectNoSidewaysScrolling } from './support/accessibility.ts';

let stack: Stack;

test.beforeAll(async () => {
  stack = await startStack({ workers: 0, env: { RATE_LIMIT: '0', FCM_DRY_RUN: 'true' } });
});

test.afterAll(() => stack.stop());

for (const width of [320, 360, 480, 1280])
  test(`what the bar says of a dry run fits into it, ${width} pixels wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 640 });
    await page.goto(`${stack.apiUrl}/admin/events`);
    await page.getByLabel('Admin token').fill(stack.adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    const mode = page.getByText('Dry run');
    await expect(mode).toBeVisible();
    await expect(page.locator('herald-queue-strip')).toBeVisible();

    const bar = (await page.locator('.app-bar').boundingBox())!;
    for (const part of await page.locator('.app-bar > *').all()) {
      const { x, y, width, height } = (await part.boundingBox())!;
      expect(y).toBeGreaterThanOrEqual(bar.y);
      expect(y + height).toBeLessThanOrEqual(bar.y + bar.height);
      expect(x + width).toBeLessThanOrEqual(bar.width);
    }
    await expectNoSidewaysScrolling(page);
    await expectAccessible(page);
    if (process.env.SCREENSHOTS)
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/dry-run-${width}.png` });
  });
