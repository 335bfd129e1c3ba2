import { type Signal, effect } from '@angular/core';
import { type Problem, mayPass } from './problem';

/** How long to wait before asking again, in ms. */
const RETRY_MS = 3_000;

/** Asks again by itself for as long as the trouble may pass. Needs an injection context. */
export function retryWhileAway(problem: Signal<Problem | null>, retry: () => void): void {
  effect((onCleanup) => {
    const trouble = problem();
    if (trouble === null || !mayPass(trouble)) return;
    const waiting = setInterval(retry, RETRY_MS);
    onCleanup(() => clearInterval(waiting));
  });
}
