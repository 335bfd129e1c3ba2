import { PLATFORMS } from '../contract';
import { ANDROID_OPTIONS, APNS_OPTIONS, WEBPUSH_OPTIONS } from './fcm-options';
import { LOCALE_TAG } from './locale';

/** FCM: four weeks, in seconds. */
const MAX_TTL_S = 2_419_200;
const MAX_LOCALES = 100;
const MAX_DATA_FIELDS = 64;

const text = { type: 'string', minLength: 1 } as const;
const texts = { title: text, body: text };
const target = (properties: object, ...required: string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/** A definition's form; what it means is checked when it is compiled. */
export const DEFINITION_SCHEMA = {
  type: 'object',
  properties: {
    ...texts,
    fallback: { type: 'object', properties: texts, required: ['title', 'body'], additionalProperties: false },
    locales: {
      type: 'object',
      propertyNames: { pattern: LOCALE_TAG },
      maxProperties: MAX_LOCALES,
      additionalProperties: {
        type: 'object',
        properties: texts,
        minProperties: 1,
        additionalProperties: false,
      },
    },
    locale: text,
    data: { type: 'object', maxProperties: MAX_DATA_FIELDS, additionalProperties: { type: 'string' } },
    target: {
      anyOf: [
        target({ user: text, fallback_topic: text }, 'user'),
        target({ topic: text }, 'topic'),
        target({ condition: text }, 'condition'),
      ],
    },
    subscribe: {
      anyOf: [
        { type: 'string', enum: ['all'] },
        target(
          { platforms: { type: 'array', items: { enum: PLATFORMS }, minItems: 1, uniqueItems: true } },
          'platforms',
        ),
      ],
    },
    android: ANDROID_OPTIONS,
    apns: APNS_OPTIONS,
    webpush: WEBPUSH_OPTIONS,
    ttl_s: { type: 'integer', minimum: 0, maximum: MAX_TTL_S },
    notify_before: text,
    collapse_key: { type: 'string', pattern: '^[\\x21-\\x7e]{1,64}$' },
    priority: { type: 'string', enum: ['normal', 'high'] },
    analytics_label: { type: 'string', pattern: '^[a-zA-Z0-9\\-_.~%]{1,50}$' },
    payload: { type: 'object' },
  },
  required: ['title', 'body'],
  additionalProperties: false,
};
