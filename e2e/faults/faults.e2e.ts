/** The short form of `npm run test:faults`, and the negative controls without which it would prove nothing. */
import { expect, test } from '@playwright/test';
import { DESIGNS, type Design, type DesignName } from './naive/designs.ts';
import { runNaive } from './naive/run.ts';
import { runFaults } from './run.ts';

/** Another one every time; what fails is told with it, and `npm run test:faults -- --seed` repeats it. */
const seed = Math.floor(Math.random() * 2 ** 31);

test('apis, workers and Redis are killed, frozen and cut off under load, and the books balance', async () => {
  test.setTimeout(600_000);
  const { violations, figures } = await runFaults({ seed, form: 'short' });
  expect({ seed, violations }).toEqual({ seed, violations: [] });
  // Something was at stake.
  expect(figures['in flight at faults']).toBeGreaterThan(0);
  expect(figures['requests with an unknown end']).toBeGreaterThan(0);
});

for (const [name, { flaw, caughtBy }] of Object.entries<Design>(DESIGNS))
  test(`a design that ${caughtBy ? 'is flawed is found out' : 'is sound passes'}: ${name} (${flaw})`, async () => {
    test.setTimeout(300_000);
    const { violations } = await runNaive(name as DesignName, seed);
    const broken = violations.map(({ rule }) => rule);
    if (caughtBy) expect({ seed, broken }).toEqual({ seed, broken: expect.arrayContaining([caughtBy]) });
    else expect({ seed, violations }).toEqual({ seed, violations: [] });
  });
