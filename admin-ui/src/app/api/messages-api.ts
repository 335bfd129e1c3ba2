import { HttpClient, type HttpResourceRef, httpResource } from '@angular/common/http';
import { inject, Service } from '@angular/core';
import type { MessageDetail, MessageHistory, MessageList, MessagePreview } from '@contract';
import { type Observable } from 'rxjs';

/** What a preview is asked for with. */
export interface PreviewQuestion {
  definition: unknown;
  payload: unknown;
  locale?: string;
  validate: boolean;
}

@Service()
export class MessagesApi {
  private readonly http = inject(HttpClient);

  /** Every event type with a definition. Needs an injection context. */
  list(): HttpResourceRef<MessageList | undefined> {
    return httpResource(() => MESSAGES_URL);
  }

  /** The definition in force; 404 when there is none. Needs an injection context. */
  one(type: () => string): HttpResourceRef<MessageDetail | undefined> {
    return httpResource(() => messageUrl(type()));
  }

  /** The last versions that were stored. Needs an injection context. */
  versions(type: () => string): HttpResourceRef<MessageHistory | undefined> {
    return httpResource(() => `${messageUrl(type())}/versions`);
  }

  /** As `versions`, once. */
  history(type: string): Observable<MessageHistory> {
    return this.http.get<MessageHistory>(`${messageUrl(type)}/versions`);
  }

  /** Stores a definition over the version that was seen; null when none was stored. 412 when somebody else was faster. */
  define(type: string, definition: unknown, seen: number | null): Observable<MessageDetail> {
    const headers: Record<string, string> =
      seen === null ? { 'If-None-Match': '*' } : { 'If-Match': `"${seen}"` };
    return this.http.put<MessageDetail>(messageUrl(type), definition, { headers });
  }

  /** Takes away the version that was seen. 412 when somebody else was faster. */
  withdraw(type: string, seen: number): Observable<void> {
    return this.http.delete<void>(messageUrl(type), { headers: { 'If-Match': `"${seen}"` } });
  }

  preview(type: string, question: PreviewQuestion): Observable<MessagePreview> {
    return this.http.post<MessagePreview>(`${messageUrl(type)}/preview`, question);
  }
}

const MESSAGES_URL = '/api/admin/messages';

function messageUrl(type: string): string {
  return `${MESSAGES_URL}/${encodeURIComponent(type)}`;
}
