import type { EventSummary } from '@contract';
import { type EventQuery, eventKey } from '../api/events-api';
import { event, failedEvent } from '../api/testing/samples';
import { mergeChanges, pruneChanges } from './merge-changes';

const everything: EventQuery = { status: [], event_id: '', cursor: undefined };
const twenty = Array.from({ length: 20 }, (_, index) => event(40 - index));
const changesOf = (...events: EventSummary[]) => new Map(events.map((one) => [eventKey(one), one]));
const ids = (events: EventSummary[]) => events.map(({ event_id }) => event_id);

describe('changes worked into a page', () => {
  it('replaces a row by its newer state where it stands', () => {
    const page = { items: [event(2), event(1)], next_cursor: null };
    const change = event(1, { status: 'failed', updated_at: event(9).updated_at });

    const { rows } = mergeChanges(page, changesOf(change), everything);

    expect(rows).toEqual([event(2), change]);
  });

  it('does not let an older state overwrite a newer one', () => {
    const page = { items: [event(1, { updated_at: event(9).updated_at })], next_cursor: null };
    const late = event(1, { status: 'processing', updated_at: event(5).updated_at });

    expect(mergeChanges(page, changesOf(late), everything).rows).toEqual(page.items);
  });

  it('puts new events at the top of the newest page and keeps it at 20', () => {
    const page = { items: twenty, next_cursor: 'next' };

    const merged = mergeChanges(page, changesOf(event(41), event(42)), everything);

    expect(merged.rows).toHaveLength(20);
    expect(ids(merged.rows).slice(0, 3)).toEqual(['evt_42', 'evt_41', 'evt_40']);
    expect(merged.displaced).toBe(true);
  });

  it('leaves an event that is older than the page to the pages after it', () => {
    const page = { items: twenty, next_cursor: 'next' };

    expect(mergeChanges(page, changesOf(event(1)), everything)).toEqual({
      rows: twenty,
      next_cursor: 'next',
      displaced: false,
      depleted: false,
    });
  });

  it('takes in an older event while the only page has room', () => {
    const page = { items: [event(5)], next_cursor: null };

    expect(ids(mergeChanges(page, changesOf(event(1)), everything).rows)).toEqual(['evt_5', 'evt_1']);
  });

  it('respects the filter: what fits comes in, what no longer fits leaves', () => {
    const page = { items: [failedEvent(2), failedEvent(1)], next_cursor: null };
    const changes = changesOf(event(2, { status: 'queued' }), event(3), failedEvent(4));

    const { rows } = mergeChanges(page, changes, { ...everything, status: ['failed'] });

    expect(ids(rows)).toEqual(['evt_4', 'evt_1']);
  });

  it('tells when rows have left a page after which there are more', () => {
    const items = [failedEvent(2), failedEvent(1)];
    const query = { ...everything, status: ['failed' as const] };
    const gone = changesOf(event(2, { status: 'queued' }));
    const isDepleted = (changes: typeof gone, next_cursor: string | null, cursor?: string) =>
      mergeChanges({ items, next_cursor }, changes, { ...query, cursor }).depleted;

    expect(isDepleted(gone, 'next')).toBe(true);
    expect(isDepleted(changesOf(...gone.values(), failedEvent(3)), 'next')).toBe(false);
    expect(isDepleted(new Map(), 'next')).toBe(false);
    expect(isDepleted(gone, null)).toBe(false);
    expect(isDepleted(gone, 'next', 'here')).toBe(false);
  });

  it('respects the search', () => {
    const page = { items: [], next_cursor: null };
    const changes = changesOf(event(1, { event_id: 'abc_1' }), event(2));

    expect(ids(mergeChanges(page, changes, { ...everything, event_id: 'abc' }).rows)).toEqual(['abc_1']);
  });

  it('lets an older page stand still, its rows changing in place', () => {
    const page = { items: [failedEvent(2), failedEvent(1)], next_cursor: null };
    const query = { ...everything, status: ['failed' as const], cursor: 'here' };

    const { rows } = mergeChanges(page, changesOf(event(2, { status: 'queued' }), failedEvent(3)), query);

    expect(rows.map(({ event_id, status }) => [event_id, status])).toEqual([
      ['evt_2', 'queued'],
      ['evt_1', 'failed'],
    ]);
  });

  it('tells events of two sources with the same id apart', () => {
    const page = { items: [event(1)], next_cursor: null };
    const other = event(1, { source: 'github' });

    expect(mergeChanges(page, changesOf(other), everything).rows).toEqual([other, event(1)]);
  });

  it('forgets what makes no difference, so that a busy hour does not fill the memory', () => {
    const page = { items: twenty, next_cursor: 'next' };
    const busy = changesOf(...Array.from({ length: 1_000 }, (_, index) => event(100 + index)));

    const kept = pruneChanges(page, busy, everything);

    expect(kept.size).toBe(20);
    expect(mergeChanges(page, kept, everything)).toEqual(mergeChanges(page, busy, everything));
  });
});
