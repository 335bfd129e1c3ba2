/** End-to-end tests: built processes, real Redis, real browser, and no second chances. */
import { defineConfig } from '@playwright/test';
import { browser } from './support/browser.ts';

/** What measures times, or takes the machine to its limits. */
const ALONE = [
  'console',
  'crash',
  'failover',
  'faults/faults',
  'hostile/hostile',
  'hostile/slow-sockets',
  'kills',
  'messages',
  'pipeline',
  'quotas',
  'redis-trouble',
  'rolling-restart',
  'workers',
].map((name) => `${name}.e2e.ts`);

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.e2e.ts',
  outputDir: '../test-results',
  // Two runs, one after the other: `npm run test:e2e`.
  projects: [
    { name: 'together', testIgnore: ALONE, workers: 2 },
    { name: 'alone', testMatch: ALONE, workers: 1 },
  ],
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  reporter: [['list'], ['json', { outputFile: `../coverage/e2e-${process.env.E2E_RESULTS ?? 'some'}.json` }]],
  use: { ...(await browser()), screenshot: 'only-on-failure', trace: 'retain-on-failure' },
});
