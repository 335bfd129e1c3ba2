import { DestroyRef, InjectionToken, type Signal, inject, signal } from '@angular/core';

/** The time of day in ms, a second apart: one clock for every age on the page. */
export const NOW = new InjectionToken<Signal<number>>('NOW', {
  providedIn: 'root',
  factory: () => {
    const now = signal(Date.now());
    const ticking = setInterval(() => now.set(Date.now()), 1_000);
    inject(DestroyRef).onDestroy(() => clearInterval(ticking));
    return now.asReadonly();
  },
});
