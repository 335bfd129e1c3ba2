import { EVENT_STATUSES, type EventDetail, type EventStatus, type EventSummary } from '../../src/contract';
import { DEFAULT_SOURCE, recordId } from '../../src/events/keys';
import { byTimeThenId, iso, type QueueModel } from './queue-model';
import type { RealQueue } from './real-queue';

/** The ids of events; few, so that steps meet. */
export const IDS = ['a', 'b', 'c', 'd'].map((name) => recordId(DEFAULT_SOURCE, name));

/** What `RealQueue.observe` must give; `changes` are those since the last time. */
export function expected(
  model: QueueModel,
  status: EventStatus,
  changes: QueueModel['changes'],
): Awaited<ReturnType<RealQueue['observe']>> {
  const everything = [...model.events].sort(([a, { receivedMs: x }], [b, { receivedMs: y }]) =>
    byTimeThenId([b, y], [a, x]),
  );
  const all = everything.map(([id, { status }]) => `${id} ${status}`);
  const count = (status: EventStatus) => everything.filter(([, event]) => event.status === status).length;
  const counts = Object.fromEntries(EVENT_STATUSES.map((status) => [status, count(status)]));
  const { queued, processing, retrying, failed } = counts as Record<EventStatus, number>;
  const { received, deduped, sent } = model.counters;
  const open = [...model.events.values()].filter(({ status }) => status !== 'sent' && status !== 'failed');
  const oldest = Math.min(...open.map(({ freshMs }) => freshMs), model.now);
  const queue_size = queued + processing + retrying;
  return {
    all,
    some: all.filter((each) => each.endsWith(` ${status}`)),
    details: IDS.map((id) => {
      const event = model.events.get(id);
      if (!event) return null;
      const { status, attempts, error, payload, receivedMs, updatedMs, history } = event;
      return {
        ...{ status, attempts, error, payload, history: history.toReversed() },
        ...{ received_at: iso(receivedMs), updated_at: iso(updatedMs) },
      };
    }),
    snapshot: { queued, processing, retrying, failed, oldest_age_ms: model.now - oldest, workers: [] },
    totals: { received, deduped, sent, failed: model.counters.failed, dlq: failed, queue_size },
    counters: model.counters,
    stream: model.stream.map(({ id }) => id),
    pending: model.pending.map(
      ({ serial, id, owner }) => `${model.exists(serial) ? id : 'lost'} of ${owner}`,
    ),
    due: [...model.due].sort(byTimeThenId).flatMap(([id, at]) => [id, `${at}`]),
    changes: changes.filter(([id]) => model.events.has(id)).map(([id, status]) => `${id} ${status}`),
  };
}

export function nameAndStatus({ source, event_id, status }: EventSummary): string {
  return `${recordId(source, event_id)} ${status}`;
}

export function shown(detail: EventDetail) {
  const { status, attempts, last_error, payload, received_at, updated_at, history } = detail;
  const error = last_error?.code ?? null;
  return { status, attempts, error, payload: JSON.stringify(payload), history, received_at, updated_at };
}

export function mapValues<K extends string, V>(
  object: Record<K, unknown>,
  valueOf: (key: K) => V,
): Record<K, V> {
  const keys = Object.keys(object) as K[];
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<K, V>;
}
