import { createHash } from 'node:crypto';
import type { PushMessage, Target } from '../delivery/provider';
import { DEFINITIONS, type MessageDefinition } from './definitions';
import { limitProblem } from './limits';

export interface ComposedEvent {
  eventId: string;
  source: string;
  type: string;
  /** Counts the event's replays, from 0. */
  round: number;
  /** The webhook's parsed JSON object. */
  payload: Readonly<Record<string, unknown>>;
}

export type Composition = { ok: true; messages: PushMessage[] } | { ok: false; problem: string };

/** Turns an event into one message per target; a problem when there can be none, whoever it is for. */
export function compose(event: ComposedEvent, targets: readonly Target[]): Composition {
  const definition = Object.hasOwn(DEFINITIONS, event.type) ? DEFINITIONS[event.type] : undefined;
  if (!definition) return { ok: false, problem: `there is no message for events of type ${event.type}` };
  const fields = readFields(event.payload, definition);
  if (!fields.ok) return fields;
  const content = contentOf(event, definition, fields.values);
  const messages = targets.map((target) => ({ target, ...content }));
  for (const message of messages) {
    const problem = limitProblem(message);
    if (problem !== undefined) return { ok: false, problem };
  }
  return { ok: true, messages };
}

type Values = Readonly<Record<string, string>>;

function readFields(
  payload: ComposedEvent['payload'],
  definition: MessageDefinition,
): { ok: true; values: Values } | { ok: false; problem: string } {
  const values: Record<string, string> = {};
  for (const field of definition.fields) {
    const value = Object.hasOwn(payload, field) ? payload[field] : undefined;
    if (typeof value !== 'string' || value === '')
      return { ok: false, problem: `the payload's ${field} is not a text` };
    // Half a surrogate pair is JSON, but not Unicode: FCM could not take it.
    values[field] = value.toWellFormed();
  }
  return { ok: true, values };
}

function contentOf(
  event: ComposedEvent,
  { title, body }: MessageDefinition,
  values: Values,
): Omit<PushMessage, 'target'> {
  const tag = tagOf(event);
  return {
    notification: { title: fill(title, values), body: fill(body, values) },
    data: { event_id: event.eventId, type: event.type, ...values },
    android: { priority: 'HIGH', notification: { tag } },
    apns: { headers: { 'apns-collapse-id': tag } },
    webpush: { notification: { tag } },
  };
}

/** Puts values in the places of their names in braces, in one pass: braces inside a value mean nothing. */
function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

/**
 * The same for every attempt of one round, so that a notification sent twice because a worker died in between replaces
 * itself on the phone; another for a replay, which somebody wanted to be seen again. 39 bytes; Apple allows 64.
 */
function tagOf({ source, eventId, round }: ComposedEvent): string {
  const identity = JSON.stringify([source, eventId, round]);
  return `herald-${createHash('sha256').update(identity).digest('hex').slice(0, 32)}`;
}
