/** End-to-end tests: built processes, real Redis, real browser; one at a time, and no second chances. */
import { defineConfig } from '@playwright/test';
import { browser } from './support/browser.ts';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.e2e.ts',
  outputDir: '../test-results',
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  reporter: [['list'], ['json', { outputFile: '../coverage/e2e.json' }]],
  use: { ...(await browser()), screenshot: 'only-on-failure', trace: 'retain-on-failure' },
});
