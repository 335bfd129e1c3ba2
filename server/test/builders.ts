import { loadConfig, type ReadonlyConfig } from '../src/config/config';
import type { ProcessName } from '../src/config/environment';
import type { WorkerInfo } from '../src/contract';
import { DEFAULT_SOURCE } from '../src/events/keys';
import type { NewEvent } from '../src/events/new-event';
import { type AttemptRecord, writeAttempt } from '../src/events/record';
import type { AttemptReport } from '../src/queue/claims';

let events = 0;

/** An event nobody has seen, as `webhook/` would hand it over. */
export function newEvent(given: Partial<NewEvent> = {}): NewEvent {
  const eventId = given.eventId ?? `evt_${(events += 1)}`;
  const orderId = given.orderId ?? 'order-1';
  const userId = given.userId ?? 'user-1';
  return {
    source: DEFAULT_SOURCE,
    eventId,
    type: 'order.created',
    userId,
    orderId,
    payload: JSON.stringify({ event_id: eventId, order_id: orderId, user_id: userId }),
    headers: { 'content-type': 'application/json' },
    ...given,
  };
}

export function newAttempt(given: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    startedMs: Date.parse('2026-11-01T12:00:00Z'),
    durationMs: 12,
    outcome: 'delivered',
    code: null,
    message: 'projects/demo/messages/1',
    target: 'topic orders',
    counted: true,
    ...given,
  };
}

/** What a worker tells the queue after one attempt. */
export function newReport(
  given: Partial<AttemptRecord> = {},
  settledTargets: readonly string[] = [],
): AttemptReport {
  return { lines: [writeAttempt(newAttempt(given))], settledTargets };
}

export function newWorker(given: Partial<WorkerInfo> = {}): WorkerInfo {
  const at = '2026-11-01T12:00:00.000Z';
  return { name: 'worker-1', host: 'test', pid: 1, started_at: at, seen_at: at, in_flight: 0, ...given };
}

/** The settings of a process whose environment is `env` and what it cannot do without. */
export function newConfig(env: Record<string, string> = {}, process: ProcessName = 'api'): ReadonlyConfig {
  return loadConfig({ WEBHOOK_SECRET: 'a-secret-of-the-tests', LOG_LEVEL: 'silent', ...env }, process);
}
