import { DOCUMENT, DestroyRef, InjectionToken, type WritableSignal, inject, signal } from '@angular/core';

const STORED = 'herald.shortcuts';

/**
 * Whether single keys do anything, remembered in this browser: who speaks to the computer must be able to switch
 * them off (WCAG 2.1.4).
 */
export const SHORTCUTS_ON = new InjectionToken<WritableSignal<boolean>>('SHORTCUTS_ON', {
  providedIn: 'root',
  factory: () => signal(localStorage.getItem(STORED) !== 'off'),
});

export function rememberShortcuts(on: boolean): void {
  localStorage.setItem(STORED, on ? 'on' : 'off');
}

/** What each key does, by `KeyboardEvent.key`. */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Listens for single keys while the caller lives. Needs an injection context. */
export function listenForShortcuts(shortcuts: Shortcuts): void {
  const document = inject(DOCUMENT);
  const on = inject(SHORTCUTS_ON);
  const listen = (event: KeyboardEvent) => {
    const act = Object.hasOwn(shortcuts, event.key) ? shortcuts[event.key] : undefined;
    if (act === undefined || !on() || event.defaultPrevented || isMeantForElsewhere(event)) return;
    event.preventDefault();
    act(event);
  };
  document.addEventListener('keydown', listen);
  inject(DestroyRef).onDestroy(() => document.removeEventListener('keydown', listen));
}

/** Typing, a browser's own shortcut, a held key, a dialog or a widget that has its own use for the arrow keys. */
function isMeantForElsewhere(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  if (event.repeat && !event.key.startsWith('Arrow') && !'jk'.includes(event.key)) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input, textarea, select, [contenteditable], [role=dialog]')) return true;
  return event.key.startsWith('Arrow') && target?.closest('[role=listbox]') != null;
}
