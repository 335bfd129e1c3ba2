/** What an operator can see of one event, as the books need it. */
import type { EventDetail, HistoryEntry } from '@contract';
import type { Operator } from '../support/operator.ts';
import type { Line, StoredEvent } from './sources.ts';

export async function readEvent(operator: Operator, eventId: string): Promise<StoredEvent> {
  const event = await operator.event(eventId);
  // There is a record, but nobody can see it.
  if (!event) return { eventId, status: 'invisible', attempts: 0, error: '', lines: [] };
  return storedEvent(event);
}

function storedEvent({ event_id, status, attempts, last_error, history }: EventDetail): StoredEvent {
  const lines = history.map(lineOf).reverse();
  return { eventId: event_id, status, attempts, error: last_error?.code ?? '', lines };
}

function lineOf(entry: HistoryEntry): Line {
  const at = (time: string | undefined) => Date.parse(time ?? '');
  switch (entry.kind) {
    case 'attempt': {
      const { kind, started_at, outcome, code, counted } = entry;
      return { kind, started: at(started_at), outcome, code: code ?? '', counted };
    }
    case 'retry_scheduled':
      return { kind: entry.kind, at: at(entry.at), due: at(entry.due_at) };
    case 'dead_lettered':
      return { kind: entry.kind, at: at(entry.at), code: entry.code ?? '' };
    case 'received':
      return { kind: entry.kind, at: at(entry.at) };
    case 'replayed':
      throw new Error('Nobody replayed anything');
  }
}
