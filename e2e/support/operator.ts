/** An operator with a bearer token, for whom the admin API is all there is. */
import type {
  AttemptEntry,
  DeviceList,
  EventDetail,
  EventSummary,
  HealthBody,
  MetricsBody,
  Page,
  QueueSnapshot,
  UserTopics,
} from '@contract';

export class Operator {
  readonly #apiUrl: string;
  readonly #token: string;

  constructor({ apiUrl, adminToken }: { apiUrl: string; adminToken: string }) {
    this.#apiUrl = apiUrl;
    this.#token = adminToken;
  }

  list(query = ''): Promise<Page<EventSummary>> {
    return this.#ask(`admin/events?${query}`);
  }

  /** Null when there is no such event. */
  async event(eventId: string): Promise<EventDetail | null> {
    const response = await this.#fetch(`admin/events/${eventId}`);
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`admin/events/${eventId} answered ${response.status}`);
    return (await response.json()) as EventDetail;
  }

  /** The attempts of an event, oldest first. */
  async attempts(eventId: string): Promise<AttemptEntry[]> {
    const history = (await this.event(eventId))?.history ?? [];
    return history.filter((entry) => entry.kind === 'attempt').reverse();
  }

  async replay(eventId: string): Promise<number> {
    return (await this.#fetch(`admin/events/${eventId}/replay`, { method: 'POST' })).status;
  }

  queue(): Promise<QueueSnapshot> {
    return this.#ask('admin/queue');
  }

  totals(): Promise<MetricsBody> {
    return this.#ask('metrics');
  }

  async health(): Promise<{ status: number; body: HealthBody }> {
    const response = await this.#fetch('health');
    return { status: response.status, body: (await response.json()) as HealthBody };
  }

  async register(userId: string, token: string, details: object = {}): Promise<void> {
    const body = JSON.stringify({ user_id: userId, token, ...details });
    const response = await this.#fetch('devices', { method: 'PUT', body });
    if (!response.ok) throw new Error(`The device was not registered: ${await response.text()}`);
  }

  /** What the definition of an event type was answered with. */
  async define(type: string, definition: unknown): Promise<{ status: number; body: unknown }> {
    const response = await this.#fetch(`admin/messages/${type}`, {
      method: 'PUT',
      body: JSON.stringify(definition),
    });
    return { status: response.status, body: await response.json() };
  }

  devices(userId: string): Promise<DeviceList> {
    return this.#ask(`admin/users/${encodeURIComponent(userId)}/devices`);
  }

  topics(userId: string): Promise<UserTopics> {
    return this.#ask(`admin/users/${encodeURIComponent(userId)}/topics`);
  }

  async restore(userId: string, tokenHash: string): Promise<number> {
    const path = `admin/users/${encodeURIComponent(userId)}/devices/${tokenHash}/restore`;
    return (await this.#fetch(path, { method: 'POST' })).status;
  }

  /** Listens as a console does, and throws away what it hears. */
  async openLiveUpdates(): Promise<{ close(): void }> {
    const listening = new AbortController();
    const response = await this.#fetch('admin/live', { signal: listening.signal });
    void response.body?.pipeTo(new WritableStream()).catch(() => {
      // Closed by us.
    });
    return { close: () => listening.abort() };
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await this.#fetch(path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}` };
    return fetch(`${this.#apiUrl}/api/${path}`, { ...init, headers });
  }
}
