import { HttpClient, type HttpResourceRef, httpResource } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import type { EventDetail, EventStatus, EventSummary, Page, ReplayAccepted } from '@contract';
import { type Observable } from 'rxjs';

/** How many events a page shows. */
export const PAGE_SIZE = 20;

/** Source of events whose address names none. */
export const DEFAULT_SOURCE = 'default';

/** Which events a list shows. */
export interface EventQuery {
  /** Any of these; all when empty. */
  status: readonly EventStatus[];
  /** How the id begins; empty for any. */
  event_id: string;
  /** Where the page starts; undefined for the newest. */
  cursor: string | undefined;
}

/** What names one event: ids belong to their source. */
export type EventRef = Pick<EventSummary, 'event_id' | 'source'>;

export function eventKey({ source, event_id }: EventRef): string {
  return `${source}/${event_id}`;
}

@Service()
export class EventsApi {
  private readonly http = inject(HttpClient);

  /** The list that `query` asks for, asked again whenever it changes. Needs an injection context. */
  list(query: () => EventQuery): HttpResourceRef<Page<EventSummary> | undefined> {
    return httpResource(() => ({ url: EVENTS_URL, params: listParams(query()) }));
  }

  /** One page, once. */
  page(query: EventQuery): Observable<Page<EventSummary>> {
    return this.http.get<Page<EventSummary>>(EVENTS_URL, { params: listParams(query) });
  }

  /** One event with its history. Needs an injection context. */
  one(event: () => EventRef): HttpResourceRef<EventDetail | undefined> {
    return httpResource(() => ({ url: eventUrl(event()), params: sourceParams(event()) }));
  }

  /** Back to the queue with a sent or failed event: once for each state of it that was seen, in however many tabs. */
  replay(event: EventRef & Pick<EventSummary, 'updated_at'>): Observable<ReplayAccepted> {
    return this.http.post<ReplayAccepted>(`${eventUrl(event)}/replay`, null, {
      params: sourceParams(event),
      headers: { 'Idempotency-Key': `console:${event.updated_at}` },
    });
  }
}

/** Query parameter that names the event's source, where one is needed. */
export function sourceParams({ source }: EventRef): { source?: string } {
  return source === DEFAULT_SOURCE ? {} : { source };
}

const EVENTS_URL = '/api/admin/events';

function eventUrl({ event_id }: EventRef): string {
  return `${EVENTS_URL}/${encodeURIComponent(event_id)}`;
}

function listParams({ status, event_id, cursor }: EventQuery) {
  return {
    limit: PAGE_SIZE,
    ...(status.length > 0 && { status }),
    ...(event_id && { event_id }),
    ...(cursor && { cursor }),
  };
}
