const STORED = 'herald.draft.';

/** A definition that is being written. */
export interface Draft {
  text: string;
  /** The version it was begun on; null when none was stored. */
  version: number | null;
}

/**
 * The unsaved definition of an event type; null when there is none. It is kept in this tab until it is saved or given up, so that
 * neither the end of a session nor a reload loses it.
 */
export function keptDraft(type: string): Draft | null {
  return JSON.parse(sessionStorage.getItem(STORED + type) ?? 'null') as Draft | null;
}

export function keepDraft(type: string, draft: Draft): void {
  sessionStorage.setItem(STORED + type, JSON.stringify(draft));
}

export function forgetDraft(type: string): void {
  sessionStorage.removeItem(STORED + type);
}
