import { setTimeout as delay } from 'node:timers/promises';

type Awaitable<T> = T | Promise<T>;

/** Polls until `condition` gives something other than false, null or undefined, and gives that. Throws at the deadline. */
export async function until<T>(
  condition: () => Awaitable<T | false | null | undefined>,
  timeoutMs = 5000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${String(condition)}`);
    await delay(5);
  }
}
