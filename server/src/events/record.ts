import type { EventDetail, EventStatus, EventSummary, HistoryEntry } from '../contract';
import { splitRecordId } from './keys';

/** The fields of a record that a summary is made of, in the order in which they are read. */
export const SUMMARY_FIELDS = [
  'type',
  'status',
  'user',
  'order',
  'attempts',
  'received',
  'updated',
  'error',
] as const;
/** The fields of a record by name; a settled one has fewer. */
export type StoredRecord = Readonly<Record<string, string>>;
export type SummaryFields = readonly (string | null)[];

/** An ISO 8601 time from text or number of ms. */
function iso(ms: string | number | null | undefined): string {
  return new Date(Number(ms ?? 0)).toISOString();
}

/** Reads a summary from the values of `SUMMARY_FIELDS`; null when there is no such record. */
export function readSummary(id: string, fields: SummaryFields): EventSummary | null {
  const [type, status, user, order, attempts, received, updated, error] = fields;
  if (!status) return null;
  const { source, eventId } = splitRecordId(id);
  return {
    event_id: eventId,
    type: type ?? '',
    source,
    status: status as EventStatus,
    user_id: user ?? '',
    order_id: order ?? '',
    attempts: Number(attempts),
    received_at: iso(received),
    updated_at: iso(updated),
    last_error: readError(error),
  };
}

/** Reads everything of a record; null when there is none. */
export function readDetail(id: string, record: StoredRecord | null): EventDetail | null {
  const summary = readSummary(
    id,
    SUMMARY_FIELDS.map((field) => record?.[field] ?? null),
  );
  if (!record || !summary) return null;
  return {
    ...summary,
    payload: parseExactly(record.payload ?? 'null'),
    headers: JSON.parse(record.headers ?? '{}') as Record<string, string>,
    history: readHistory(record.history ?? '', record.received),
  };
}

/**
 * Parses JSON so that `JSON.stringify` gives back every number as it stands there: 9007199254740993 is more than a double can
 * hold, and 1.10 would lose a digit. Such numbers are objects of `JSON.rawJSON`, for printing only.
 */
function parseExactly(text: string): unknown {
  const exact: Reviver = (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? (JSON as ExactJson).rawJSON(source)
      : value;
  return (JSON as ExactJson).parse(text, exact);
}

/** ECMAScript's JSON.parse with source text, which TypeScript 6 does not know yet. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
interface ExactJson extends JSON {
  rawJSON(text: string): object;
  parse(text: string, reviver?: Reviver): unknown;
}

/** How an error is kept in a record: its code, a line break, its message. */
export function writeError(code: string, message: string): string {
  return `${code}\n${message}`;
}

function readError(text: string | null | undefined): EventSummary['last_error'] {
  if (!text) return null;
  const end = text.indexOf('\n');
  return { code: text.slice(0, end), message: text.slice(end + 1) };
}

/** One attempt as it is kept: short, because every event has at least one for as long as it is stored. */
export interface AttemptRecord {
  startedMs: number;
  durationMs: number;
  outcome: 'delivered' | 'failed' | 'unknown';
  code: string | null;
  message: string;
  target: string;
  counted: boolean;
  dryRun?: boolean;
}

const OUTCOMES = { d: 'delivered', f: 'failed', u: 'unknown' } as const;
type OutcomeLetter = keyof typeof OUTCOMES;
const LETTERS = { delivered: 'd', failed: 'f', unknown: 'u' } as const satisfies Record<
  string,
  OutcomeLetter
>;

type AttemptLine = ['a', number, number, OutcomeLetter, string, string, string, 0 | 1, 1?];
type ReplayLine = ['replayed', nonce: string, atMs: number];
type MilestoneLine = ['retry_scheduled', number, number] | ['dead_lettered', number, string];

export function writeAttempt(attempt: AttemptRecord): string {
  const line: AttemptLine = [
    'a',
    attempt.startedMs,
    attempt.durationMs,
    LETTERS[attempt.outcome],
    attempt.code ?? '',
    attempt.message,
    attempt.target,
    attempt.counted ? 1 : 0,
  ];
  if (attempt.dryRun) line.push(1);
  return JSON.stringify(line);
}

/** Newest first. That an event was received is not among the lines that are kept, because its time is a field. */
export function readHistory(text: string, received: string | undefined): HistoryEntry[] {
  const lines = text.split('\n').filter(Boolean);
  const entries = lines.map((line) => readLine(JSON.parse(line) as AttemptLine | ReplayLine | MilestoneLine));
  return [{ kind: 'received', at: iso(received) } satisfies HistoryEntry, ...entries].reverse();
}

function readLine(line: AttemptLine | ReplayLine | MilestoneLine): HistoryEntry {
  switch (line[0]) {
    case 'a': {
      const [, startedMs, durationMs, outcome, code, message, target, counted, dryRun] = line;
      return {
        kind: 'attempt',
        started_at: iso(startedMs),
        duration_ms: durationMs,
        outcome: OUTCOMES[outcome],
        code: code || null,
        message,
        target,
        counted: counted === 1,
        ...(dryRun ? { dry_run: true } : {}),
      };
    }
    case 'replayed':
      return { kind: line[0], at: iso(line[2]) };
    case 'retry_scheduled':
      return { kind: line[0], at: iso(line[1]), due_at: iso(line[2]) };
    case 'dead_lettered':
      return { kind: line[0], at: iso(line[1]), code: line[2] };
  }
}
