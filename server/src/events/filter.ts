import type { EventStatus, EventSummary } from '../contract';

/** What a list is asked for; everything that is set must hold. Times are ms since the epoch, both included. */
export interface EventFilter {
  statuses: readonly EventStatus[];
  type?: string;
  /** A prefix; everything else is compared whole. */
  eventId?: string;
  userId?: string;
  orderId?: string;
  /** The code of the last error. */
  error?: string;
  fromMs?: number;
  toMs?: number;
}

/** Whether the index alone can answer, or records must be looked through. */
export function looksIntoRecords(filter: EventFilter): boolean {
  const { type, eventId, userId, orderId, error } = filter;
  return [type, eventId, userId, orderId, error].some((wanted) => wanted !== undefined);
}

export function matches(event: EventSummary, filter: EventFilter): boolean {
  const { type, eventId, userId, orderId, error } = filter;
  return (
    (type === undefined || event.type === type) &&
    (eventId === undefined || event.event_id.startsWith(eventId)) &&
    (userId === undefined || event.user_id === userId) &&
    (orderId === undefined || event.order_id === orderId) &&
    (error === undefined || event.last_error?.code === error)
  );
}
