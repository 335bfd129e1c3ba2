import type { Platform } from './device';

/** Where a definition comes from; each overrides those before it. */
export const MESSAGE_ORIGINS = ['built_in', 'file', 'redis'] as const;
export type MessageOrigin = (typeof MESSAGE_ORIGINS)[number];

/** Templates of what a person reads. */
export interface MessageTexts {
  title: string;
  body: string;
}

/** Whom a message is for; every text is a template. `fallback_topic` gets it when the user never had a device. */
export type MessageTarget =
  { user: string; fallback_topic?: string } | { topic: string } | { condition: string };

/** Whose devices follow the topic of a definition by themselves. */
export type MessageSubscription = 'all' | { platforms: Platform[] };

/**
 * How events of one type become a notification. Texts are Liquid templates over the fields of the payload, unless said
 * otherwise; `android`, `apns` and `webpush` are FCM HTTP v1's own objects, and the texts in them are templates too.
 */
export interface MessageDefinition extends MessageTexts {
  /** Stands in for a title or body that cannot be rendered or comes out empty. */
  fallback?: MessageTexts;
  /** By BCP 47 tag; what one leaves out is taken from the definition itself. */
  locales?: Record<string, Partial<MessageTexts>>;
  /** The locale of a target that has none of its own. */
  locale?: string;
  /** What the app gets besides `event_id` and `type`. */
  data?: Record<string, string>;
  /** The devices of the payload's `user_id` when left out. */
  target?: MessageTarget;
  /** Devices that are registered follow the topic of `target`, which then is no template. */
  subscribe?: MessageSubscription;
  android?: Record<string, unknown>;
  apns?: Record<string, unknown>;
  webpush?: Record<string, unknown>;
  /** How long FCM may keep the message for a device that is away. No template. */
  ttl_s?: number;
  /** A time (ISO 8601 or Unix seconds) after which nobody wants it any more. */
  notify_before?: string;
  /** No template: a device keeps four at most, so there are four at most in all definitions. */
  collapse_key?: string;
  priority?: 'normal' | 'high';
  /** No template. */
  analytics_label?: string;
  /** JSON Schema of the payload: what a webhook must bring to be taken in. */
  payload?: Record<string, unknown>;
}

/** A definition in a list. `version` and `updated_at` are null unless it is kept in Redis. */
export interface MessageInfo {
  event_type: string;
  origin: MessageOrigin;
  version: number | null;
  updated_at: string | null;
  /** Whom it is for. */
  target: 'user' | 'topic' | 'condition';
}

export interface MessageDetail extends MessageInfo {
  definition: MessageDefinition;
}

export interface MessageList {
  items: MessageInfo[];
}

/** One change of a definition; the `definition` is null when it was taken away. */
export interface MessageVersion {
  version: number;
  updated_at: string;
  definition: MessageDefinition | null;
}

/** The last versions, newest first. */
export interface MessageHistory {
  event_type: string;
  items: MessageVersion[];
}

/** What would be sent for a sample payload. Tokens are shown by their last characters only. */
export interface MessagePreview {
  /** The user whose devices it is for; null when it is for a topic or condition. */
  user_id: string | null;
  messages: PreviewedMessage[];
}

export interface PreviewedMessage {
  /** `token …a1b2c3 (sha256 12345678)`, `topic orders` or `condition …`; null for a user of whom no device is in use. */
  target: string | null;
  /** The variant of `locales` it uses, or null. */
  locale: string | null;
  /** What counts against FCM's limit, and the limit. */
  bytes: number;
  max_bytes: number;
  /** The body of FCM's `messages:send`. */
  request: Record<string, unknown>;
  /** What FCM said of it (`validate_only`); null when it was not asked, and left out unless the preview wanted it to be. */
  fcm?: FcmVerdict | null;
}

export interface FcmVerdict {
  /** `unknown`: no answer in time, or none of FCM's. */
  outcome: 'accepted' | 'refused' | 'unknown';
  /** FCM's error code. */
  code: string | null;
  message: string | null;
}
