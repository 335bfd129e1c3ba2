import { DestroyRef, DOCUMENT, inject } from '@angular/core';

/** A look into another tab and back costs nothing, in ms. */
const GRACE_MS = 5_000;

/** Whether anybody can see this tab. */
export interface Visibility {
  isHidden(): boolean;
}

/** Tells when the tab has been out of sight for a while, and when it is seen again. Needs an injection context. */
export function watchVisibility(on: { hidden: () => void; shown: () => void }): Visibility {
  const document = inject(DOCUMENT);
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(on.hidden, GRACE_MS);
    else on.shown();
  };
  document.addEventListener('visibilitychange', look);
  inject(DestroyRef).onDestroy(() => {
    clearTimeout(leaving);
    document.removeEventListener('visibilitychange', look);
  });
  return { isHidden: () => document.hidden };
}
