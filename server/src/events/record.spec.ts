import { newAttempt } from '../../test/builders';
import { readDetail, readHistory, readSummary, SUMMARY_FIELDS, writeAttempt, writeError } from './record';

const RECORD = {
  type: 'order.created',
  status: 'failed',
  user: 'user-1',
  order: 'order-1',
  attempts: '4',
  received: '1793534400000',
  updated: '1793534415000',
  error: writeError('UNAVAILABLE', 'Overloaded.\nTry later.'),
};
const SUMMARY = {
  event_id: 'evt_1',
  type: 'order.created',
  source: 'default',
  status: 'failed',
  user_id: 'user-1',
  order_id: 'order-1',
  attempts: 4,
  received_at: '2026-11-01T12:00:00.000Z',
  updated_at: '2026-11-01T12:00:15.000Z',
  last_error: { code: 'UNAVAILABLE', message: 'Overloaded.\nTry later.' },
};

const fieldsOf = (record: Record<string, string>) => SUMMARY_FIELDS.map((field) => record[field] ?? null);

describe('a summary', () => {
  it('is read from the fields of a record', () => {
    expect(readSummary('default/evt_1', fieldsOf(RECORD))).toEqual(SUMMARY);
  });

  it.each([
    ['never failed', { ...RECORD, error: undefined }],
    ['was replayed', { ...RECORD, error: '' }],
  ])('has no error when the event %s', (_, record) => {
    expect(readSummary('default/evt_1', fieldsOf(record as Record<string, string>))?.last_error).toBeNull();
  });

  it('is null when there is no record', () => {
    expect(readSummary('default/evt_1', fieldsOf({}))).toBeNull();
  });
});

describe('the detail of an event', () => {
  it('adds payload, headers and history', () => {
    const detail = readDetail('default/evt_1', {
      ...RECORD,
      payload: '{"event_id":"evt_1","nested":{"__proto__":1}}',
      headers: '{"content-type":"application/json"}',
      history: '["replayed","nonce",1793534401000]',
    });
    expect(detail).toEqual({
      ...SUMMARY,
      payload: JSON.parse('{"event_id":"evt_1","nested":{"__proto__":1}}') as unknown,
      headers: { 'content-type': 'application/json' },
      history: [
        { kind: 'replayed', at: '2026-11-01T12:00:01.000Z' },
        { kind: 'received', at: '2026-11-01T12:00:00.000Z' },
      ],
    });
  });

  it('is null when there is no record', () => {
    expect(readDetail('default/evt_1', null)).toBeNull();
  });
});

describe('the history', () => {
  it('is read newest first, every kind of entry as the contract shows it', () => {
    const lines = [
      writeAttempt(newAttempt({ outcome: 'failed', code: 'UNAVAILABLE', message: 'Overloaded.' })),
      '["retry_scheduled",1793534400000,1793534401000]',
      '["dead_lettered",1793534402000,"UNREGISTERED"]',
      '["replayed","nonce",1793534403000]',
    ];
    expect(readHistory(lines.join('\n'), '1793534400000')).toEqual([
      { kind: 'replayed', at: '2026-11-01T12:00:03.000Z' },
      { kind: 'dead_lettered', at: '2026-11-01T12:00:02.000Z', code: 'UNREGISTERED' },
      { kind: 'retry_scheduled', at: '2026-11-01T12:00:00.000Z', due_at: '2026-11-01T12:00:01.000Z' },
      {
        kind: 'attempt',
        started_at: '2026-11-01T12:00:00.000Z',
        duration_ms: 12,
        outcome: 'failed',
        code: 'UNAVAILABLE',
        message: 'Overloaded.',
        target: 'topic orders',
        counted: true,
      },
      { kind: 'received', at: '2026-11-01T12:00:00.000Z' },
    ]);
  });

  it.each([
    ['a delivered try', newAttempt(), { outcome: 'delivered', code: null, counted: true }],
    ['a dry run', newAttempt({ dryRun: true }), { dry_run: true }],
    ['a try that is nobody’s failure', newAttempt({ outcome: 'failed', counted: false }), { counted: false }],
    ['a message over several lines', newAttempt({ message: 'a\nb\u2028"c"' }), { message: 'a\nb\u2028"c"' }],
  ])('keeps %s', (_, attempt, seen) => {
    const [entry, ...others] = readHistory(writeAttempt(attempt), '1793534400000');
    expect(entry).toMatchObject(seen);
    expect('dry_run' in entry!).toBe('dry_run' in seen);
    expect(others).toHaveLength(1);
  });

  it('begins when the event was received, and blank lines are none', () => {
    const received = [{ kind: 'received', at: '2026-11-01T12:00:00.000Z' }];
    expect(readHistory('', '1793534400000')).toEqual(received);
    expect(readHistory('\n["dead_lettered",1,"poison"]\n\n', '1793534400000')).toHaveLength(2);
  });
});
