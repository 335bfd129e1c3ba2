import { afterRenderEffect, DestroyRef, DOCUMENT, ElementRef, inject, type Signal } from '@angular/core';

/** Where the focus is in a table, by row. */
export interface RowFocus {
  /** -1 while it is elsewhere. */
  index(): number;
  moveTo(index: number): void;
}

/**
 * Follows the focus through the table in the host element; `target` is what takes it in a row. A button that goes under the focus
 * hands it to its row, and a row that leaves to the one that takes its place: else it would fall back to the beginning of the page.
 * Needs an injection context.
 */
export function rowFocus<Row>(rows: Signal<Row[]>, keyOf: (row: Row) => string, target: string): RowFocus {
  const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  const document = inject(DOCUMENT);
  let focused: { key: string; index: number } | null = null;

  const isLost = () => focused !== null && document.activeElement === document.body;
  const index = () =>
    [...host.querySelectorAll('tr[mat-row]')].findIndex((row) => row.contains(document.activeElement));
  const moveTo = (at: number) => host.querySelectorAll<HTMLElement>(target)[at]?.focus();

  host.addEventListener('focusin', () => {
    const at = index();
    const row = rows()[at];
    focused = row === undefined ? null : { key: keyOf(row), index: at };
  });
  host.addEventListener('focusout', ({ target: left }) => {
    // Only afterwards can one tell what was left from what was taken away.
    queueMicrotask(() => {
      if ((left as Element).isConnected && !host.contains(document.activeElement)) focused = null;
    });
  });
  afterRenderEffect(() => {
    const now = rows();
    if (focused === null) return;
    const { key } = focused;
    const at = now.findIndex((row) => keyOf(row) === key);
    if (at !== -1) focused.index = at;
    if (isLost()) moveTo(Math.min(focused.index, now.length - 1));
  });
  inject(DestroyRef).onDestroy(() => {
    if (isLost()) document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  });
  return { index, moveTo };
}
