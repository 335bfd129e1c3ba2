import type { EventSummary } from '../contract';
import { type EventFilter, looksIntoRecords, matches } from './filter';

const EVENT: EventSummary = {
  event_id: 'evt_1234',
  type: 'order.created',
  source: 'default',
  status: 'failed',
  user_id: 'user-1',
  order_id: 'order-1',
  attempts: 1,
  received_at: '2026-11-01T12:00:00.000Z',
  updated_at: '2026-11-01T12:00:00.000Z',
  last_error: { code: 'UNREGISTERED', message: 'gone' },
};

const CASES: [given: Omit<EventFilter, 'statuses'>, holds: boolean][] = [
  [{}, true],
  [{ eventId: 'evt_1234' }, true],
  [{ eventId: 'evt_12' }, true],
  [{ eventId: 'vt_12' }, false],
  [{ eventId: 'EVT_12' }, false],
  [{ type: 'order.created' }, true],
  [{ type: 'order' }, false],
  [{ userId: 'user-1' }, true],
  [{ userId: 'user-' }, false],
  [{ orderId: 'order-1' }, true],
  [{ orderId: 'order-2' }, false],
  [{ error: 'UNREGISTERED' }, true],
  [{ error: 'unknown' }, false],
  [{ eventId: 'evt_', userId: 'user-1', orderId: 'order-2' }, false],
];

it.each(CASES)('the filter %j matches: %s', (given, holds) => {
  expect(matches(EVENT, { statuses: [], ...given })).toBe(holds);
});

it('an event that never failed matches no error', () => {
  expect(matches({ ...EVENT, last_error: null }, { statuses: [], error: 'unknown' })).toBe(false);
});

it.each(CASES)('the filter %j looks into records unless it asks for nothing in them', (given) => {
  expect(looksIntoRecords({ statuses: ['sent'], fromMs: 1, toMs: 2, ...given })).toBe(
    Object.keys(given).length > 0,
  );
});
