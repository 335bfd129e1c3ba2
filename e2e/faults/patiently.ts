/** Reads what must be read: on a busy machine an api may answer 503 now and then, and a run is too dear to end so. */
import { until } from '../stack/processes.ts';

const PATIENCE_MS = 60_000;

export async function patiently<T>(read: () => Promise<T>): Promise<T> {
  let why: unknown;
  const value = await until(
    () =>
      read().then(
        (given) => ({ given }),
        (error: unknown) => void (why = error),
      ),
    { timeoutMs: PATIENCE_MS, everyMs: 200, giveUp: () => new Error('It never answered', { cause: why }) },
  );
  return value.given;
}
