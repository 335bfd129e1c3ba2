import type { DeviceInfo, EventDetail, EventSummary, QueueSnapshot, SessionInfo } from '@contract';

export const session: SessionInfo = { delivery_mode: 'live', expires_at: '2026-11-23T20:00:00.000Z' };

export const queue: QueueSnapshot = {
  queued: 3,
  processing: 2,
  retrying: 1,
  failed: 4,
  oldest_age_ms: 65_000,
  workers: [
    {
      name: 'worker-1',
      host: 'host',
      pid: 1,
      started_at: '2026-11-23T10:00:00.000Z',
      seen_at: '2026-11-23T12:00:00.000Z',
      in_flight: 2,
    },
  ],
};

/** An event that came in `second` seconds after noon. */
export function event(second: number, over: Partial<EventSummary> = {}): EventSummary {
  const at = new Date(Date.UTC(2026, 10, 23, 12, 0, second)).toISOString();
  return {
    event_id: `evt_${second}`,
    type: 'order.created',
    source: 'default',
    status: 'sent',
    user_id: 'user_1',
    order_id: `order_${second}`,
    attempts: 1,
    received_at: at,
    updated_at: at,
    last_error: null,
    ...over,
  };
}

export function failedEvent(second: number): EventSummary {
  const last_error = { code: 'UNREGISTERED', message: 'The token is no longer valid' };
  return event(second, { status: 'failed', attempts: 4, last_error });
}

export function detail(summary: EventSummary): EventDetail {
  return {
    ...summary,
    payload: { event_id: summary.event_id, total: 12.5 },
    headers: { 'user-agent': 'shop/1.0', 'x-signature': '[redacted]' },
    history: [
      {
        kind: 'attempt',
        started_at: summary.received_at,
        duration_ms: 38,
        outcome: 'failed',
        code: 'UNAVAILABLE',
        message: 'Try later',
        target: 'topic orders',
        counted: false,
      },
      {
        kind: 'attempt',
        started_at: summary.received_at,
        duration_ms: 3,
        outcome: 'delivered',
        code: null,
        message: 'projects/demo/messages/1',
        target: 'topic orders',
        counted: true,
        dry_run: true,
      },
      { kind: 'received', at: summary.received_at },
    ],
  };
}

/** A device in good order; `name` is the end of its token. */
export function device(name: string, over: Partial<DeviceInfo> = {}): DeviceInfo {
  return {
    token_hash: name.padStart(16, '0'),
    token_suffix: `tok-${name}`,
    kind: 'token',
    platform: 'android',
    app_version: '4.2.0',
    locale: 'de-CH',
    time_zone: 'Europe/Zurich',
    shared: false,
    state: 'active',
    registered_at: '2026-11-01T12:00:00.000Z',
    seen_at: '2026-11-23T11:00:00.000Z',
    last_result: { code: 'delivered', at: '2026-11-23T11:30:00.000Z' },
    pruned: null,
    quarantined: null,
    ...over,
  };
}

export function prunedDevice(name: string): DeviceInfo {
  const at = '2026-11-23T11:30:00.000Z';
  return device(name, {
    state: 'pruned',
    last_result: { code: 'UNREGISTERED', at },
    pruned: { at, code: 'UNREGISTERED', restorable_until: '2026-12-23T11:30:00.000Z' },
  });
}

export function quarantinedDevice(name: string): DeviceInfo {
  const quarantined = { at: '2026-11-23T11:30:00.000Z', code: 'SENDER_ID_MISMATCH' };
  return device(name, { state: 'quarantined', last_result: quarantined, quarantined });
}
