import type { EventSummary, Page } from '@contract';
import { type EventQuery, PAGE_SIZE, eventKey } from '../api/events-api';

/** What a list shows once the changes since it was asked for are worked in. */
export interface MergedList {
  rows: EventSummary[];
  next_cursor: string | null;
  /** Newer events pushed some off the page, so the page's own cursor points too far down. */
  displaced: boolean;
  /** Rows left the page and older events wait to take their places: only the server can tell which. */
  depleted: boolean;
}

/** Changes in their order, the latest of each event. */
export type Changes = ReadonlyMap<string, EventSummary>;

/**
 * Works changes into a page. The newest page takes in events that arrived and lets go of those the filter no longer
 * wants; an older page only updates its rows in place, so that it stands still while somebody reads it.
 */
export function mergeChanges(
  { items, next_cursor }: Page<EventSummary>,
  changes: Changes,
  query: EventQuery,
): MergedList {
  const known = new Set(items.map(eventKey));
  const rows = items.map((row) => newer(row, changes.get(eventKey(row))));
  if (query.cursor !== undefined) return { rows, next_cursor, displaced: false, depleted: false };
  const hasRoom = next_cursor === null && items.length < PAGE_SIZE;
  const oldest = items.at(-1)?.received_at ?? '';
  const arrived = [...changes.values()].filter(
    (event) => !known.has(eventKey(event)) && (hasRoom || event.received_at >= oldest),
  );
  const wanted = [...arrived.reverse(), ...rows].filter((event) => matches(event, query));
  wanted.sort((a, b) => compare(b.received_at, a.received_at));
  return {
    rows: wanted.slice(0, PAGE_SIZE),
    next_cursor,
    displaced: wanted.length > PAGE_SIZE,
    // Compared with what came: a search that has not come to its end brings short pages.
    depleted: next_cursor !== null && wanted.length < items.length,
  };
}

/** The changes that still make a difference to the page: all others can be forgotten. */
export function pruneChanges(page: Page<EventSummary>, changes: Changes, query: EventQuery): Changes {
  const needed = new Set([...page.items, ...mergeChanges(page, changes, query).rows].map(eventKey));
  return new Map([...changes].filter(([key]) => needed.has(key)));
}

function matches(event: EventSummary, { status, event_id }: EventQuery): boolean {
  return (status.length === 0 || status.includes(event.status)) && event.event_id.startsWith(event_id);
}

/** The stream tells everything in order, so at the same millisecond it is the one to believe. */
function newer(row: EventSummary, change: EventSummary | undefined): EventSummary {
  return change !== undefined && change.updated_at >= row.updated_at ? change : row;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
