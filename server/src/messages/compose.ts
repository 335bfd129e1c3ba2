import type { MessageTexts } from '../contract';
import type { PushMessage, Target } from '../delivery/provider';
import type { CompiledMessage, FieldTemplate } from './compile';
import { lifetimeOf } from './lifetime';
import { limitProblem } from './limits';
import { chooseLocale } from './locale';
import { conditionProblem, topicProblem } from './targets';
import { tagOf, type Tagged } from './tag';
import { inField, type Scope, TemplateError } from './templates';

export interface ComposedEvent extends Tagged {
  type: string;
  /** The webhook's parsed JSON object. */
  payload: Scope;
}

/** One target and, when it is known, the locale (BCP 47) of whoever it belongs to. */
export interface Recipient {
  target: Target;
  locale?: string | undefined;
}

/** Whom an event is for: the devices of a user (the topic, if that user never had one), or one target. */
export type Audience =
  { kind: 'user'; userId: string; fallback?: Target | undefined } | { kind: 'target'; target: Target };

/** Why there can be no message, whoever it is for; `problem` names the reason and the field. */
export interface Uncomposable {
  ok: false;
  /** `expired`: its `notify_before` has passed. */
  code: 'message' | 'expired';
  problem: string;
}

export type Composition = { ok: true; messages: PushMessage[] } | Uncomposable;

/** What a user may be called, everywhere. */
const SHORT_TEXT = /^.{1,128}$/su;

/** Its `notify_before` has passed. */
class Expired extends Error {}

/** Whom an event is for. */
export function audienceOf(
  message: CompiledMessage,
  { payload }: Pick<ComposedEvent, 'payload'>,
): { ok: true; audience: Audience } | Uncomposable {
  return asValue(() => ({ ok: true, audience: findAudience(message, payload) }));
}

/** The user whose devices an event is for; undefined when it is for nobody's, or the payload does not tell. */
export function userOf({ target }: CompiledMessage, payload: Scope): string | undefined {
  if (target.kind !== 'user') return undefined;
  const found = asValue(() => ({ ok: true as const, userId: renderUser(target.user, payload) }));
  return found.ok ? found.userId : undefined;
}

/** Turns an event into one message per recipient. `nowMs` is the time by which a lifetime is counted. */
export function compose(
  message: CompiledMessage,
  event: ComposedEvent,
  recipients: readonly Recipient[],
  nowMs: number,
): Composition {
  return asValue(() => ({ ok: true, messages: composeAll(message, event, recipients, nowMs) }));
}

function composeAll(
  message: CompiledMessage,
  event: ComposedEvent,
  recipients: readonly Recipient[],
  nowMs: number,
): PushMessage[] {
  if (recipients.length === 0) return [];
  const { payload } = event;
  const content = contentOf(message, event, nowMs);
  const byLocale = new Map<string | undefined, MessageTexts>();
  return recipients.map(({ target, locale: own }) => {
    const locale = localeOf(message, payload, own);
    const notification = byLocale.get(locale) ?? textsOf(message, locale, payload);
    byLocale.set(locale, notification);
    const push: PushMessage = { target, notification, ...content };
    const problem = limitProblem(push);
    if (problem !== undefined) throw new TemplateError(problem);
    return push;
  });
}

/**
 * The variant for a target's own locale; for that of the definition only when the target's is not known. Undefined, which is the
 * definition's own texts, when there is none for it.
 */
export function localeOf(
  message: CompiledMessage,
  payload: Scope,
  own: string | undefined,
): string | undefined {
  const available = message.locales.keys();
  if (own) return chooseLocale(own, available);
  return message.locale && chooseLocale(render(message.locale, payload), available);
}

/** Everything but target and texts: the same for all recipients. */
function contentOf(message: CompiledMessage, event: ComposedEvent, nowMs: number) {
  const { definition, notifyBefore } = message;
  const { payload } = event;
  const data = message.data.map(([key, value]) => [key, render(value, payload)]);
  const tag = tagOf(event);
  const lifetime = lifetimeOf(definition.ttl_s, notifyBefore && render(notifyBefore, payload), nowMs);
  if (!lifetime.ok) {
    const problem = `notify_before: ${lifetime.problem}`;
    throw lifetime.code === 'expired' ? new Expired(problem) : new TemplateError(problem);
  }
  const { ttlS, expiresS } = lifetime;
  const android = message.options.android(payload) as Options;
  const apns = message.options.apns(payload) as Options;
  const webpush = message.options.webpush(payload) as Options;
  const { collapse_key, analytics_label, priority } = definition;
  const web = withHeadersOf(webpush, {
    ...(priority && { Urgency: priority }),
    ...(ttlS !== undefined && { TTL: `${ttlS}` }),
  });
  return {
    // `fromEntries` makes fields of their own even of names such as `__proto__`.
    data: Object.fromEntries([['event_id', event.eventId], ['type', event.type], ...data]) as Record<
      string,
      string
    >,
    android: {
      ...(priority && { priority: priority === 'high' ? ('HIGH' as const) : ('NORMAL' as const) }),
      ...(collapse_key !== undefined && { collapse_key }),
      ...(ttlS !== undefined && { ttl: `${ttlS}s` }),
      ...android,
      notification: { ...partOf(android, 'notification'), tag },
    },
    apns: {
      ...apns,
      headers: {
        ...withHeadersOf(apns, {
          ...(priority && { 'apns-priority': priority === 'high' ? '10' : '5' }),
          ...(expiresS !== undefined && { 'apns-expiration': `${expiresS}` }),
        }),
        'apns-collapse-id': tag,
      },
    },
    webpush: {
      ...webpush,
      ...(Object.keys(web).length > 0 && { headers: web }),
      notification: { ...partOf(webpush, 'notification'), tag },
    },
    ...(analytics_label !== undefined && { fcm_options: { analytics_label } }),
  };
}

type Options = Readonly<Record<string, unknown>>;

const partOf = (options: Options, name: string) => options[name] as Options | undefined;

/** A definition's headers of a platform go over `ours`, however they are spelled: names of headers know no case. */
function withHeadersOf(options: Options, ours: Record<string, string>): Record<string, string> {
  const theirs = partOf(options, 'headers') as Record<string, string> | undefined;
  if (!theirs) return ours;
  const names = new Set(Object.keys(theirs).map((name) => name.toLowerCase()));
  const left = Object.entries(ours).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(left), ...theirs };
}

function textsOf(message: CompiledMessage, locale: string | undefined, payload: Scope): MessageTexts {
  const texts = (locale === undefined ? undefined : message.locales.get(locale)) ?? message.texts;
  const text = (name: keyof MessageTexts) => {
    const fallback = message.fallback?.[name];
    try {
      return renderFull(texts[name], payload);
    } catch (error) {
      if (!fallback || !(error instanceof TemplateError)) throw error;
      return renderFull(fallback, payload);
    }
  };
  return { title: text('title'), body: text('body') };
}

function findAudience({ target }: CompiledMessage, payload: Scope): Audience {
  if (target.kind === 'user') {
    const { user, fallbackTopic } = target;
    const userId = renderUser(user, payload);
    if (!SHORT_TEXT.test(userId)) refuse(user, 'has more than 128 characters');
    return { kind: 'user', userId, fallback: fallbackTopic && topicOf(fallbackTopic, payload) };
  }
  if (target.kind === 'topic') return { kind: 'target', target: topicOf(target.name, payload) };
  const condition = render(target.name, payload);
  refuse(target.name, conditionProblem(condition));
  return { kind: 'target', target: { kind: 'condition', condition } };
}

function topicOf(name: FieldTemplate, payload: Scope): Target {
  const topic = render(name, payload);
  refuse(name, topicProblem(topic));
  return { kind: 'topic', topic };
}

function refuse({ field }: FieldTemplate, problem: string | undefined): void {
  if (problem !== undefined) throw new TemplateError(`${field}: ${problem}`);
}

/** A blank user id is one like any other; only a text that shows must not be blank. */
function renderUser(template: FieldTemplate, payload: Scope): string {
  const userId = render(template, payload);
  refuse(template, userId === '' ? 'is empty' : undefined);
  return userId;
}

function renderFull(template: FieldTemplate, payload: Scope): string {
  const text = render(template, payload);
  refuse(template, text.trim() === '' ? 'is empty' : undefined);
  return text;
}

function render({ field, template }: FieldTemplate, payload: Scope): string {
  return inField(field, () => template.render(payload));
}

function asValue<T>(what: () => T): T | Uncomposable {
  try {
    return what();
  } catch (error) {
    if (error instanceof TemplateError) return { ok: false, code: 'message', problem: error.message };
    if (error instanceof Expired) return { ok: false, code: 'expired', problem: error.message };
    throw error;
  }
}
