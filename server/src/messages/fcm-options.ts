/**
 * Field names and types of the options a definition may set, as in Google's discovery document of `fcm:v1`. What Herald
 * sets by itself is in `SET_BY_HERALD`.
 */
const STRING = { type: 'string' } as const;
const BOOLEAN = { type: 'boolean' } as const;
const NUMBER = { type: 'number' } as const;
const STRINGS = { type: 'array', items: STRING } as const;
const STRUCT = { type: 'object' } as const;
const MAP = { type: 'object', additionalProperties: STRING } as const;
/** Seconds with an `s`. Fixed texts all: a template would not match. */
const DURATION = { type: 'string', pattern: '^[0-9]+(\\.[0-9]{1,9})?s$' } as const;
const COLOUR = { type: 'string', pattern: '^#[0-9a-fA-F]{6}$' } as const;
const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
const object = (properties: Record<string, object>, required: string[] = []) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

const LIGHT = object(
  {
    color: object({ red: NUMBER, green: NUMBER, blue: NUMBER, alpha: NUMBER }),
    light_on_duration: DURATION,
    light_off_duration: DURATION,
  },
  ['color', 'light_on_duration', 'light_off_duration'],
);

const ANDROID_NOTIFICATION = object({
  title: STRING,
  body: STRING,
  icon: STRING,
  color: COLOUR,
  sound: STRING,
  tag: STRING,
  click_action: STRING,
  body_loc_key: STRING,
  body_loc_args: STRINGS,
  title_loc_key: STRING,
  title_loc_args: STRINGS,
  channel_id: STRING,
  ticker: STRING,
  sticky: BOOLEAN,
  event_time: STRING,
  local_only: BOOLEAN,
  notification_priority: oneOf(
    ...['UNSPECIFIED', 'MIN', 'LOW', 'DEFAULT', 'HIGH', 'MAX'].map((name) => `PRIORITY_${name}`),
  ),
  default_sound: BOOLEAN,
  default_vibrate_timings: BOOLEAN,
  default_light_settings: BOOLEAN,
  vibrate_timings: { type: 'array', items: DURATION },
  visibility: oneOf('VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET'),
  notification_count: { type: 'integer', minimum: 0, maximum: 2_147_483_647 },
  light_settings: LIGHT,
  image: STRING,
  bypass_proxy_notification: BOOLEAN,
  proxy: oneOf('PROXY_UNSPECIFIED', 'ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'),
});

export const ANDROID_OPTIONS = object({
  collapse_key: STRING,
  priority: oneOf('NORMAL', 'HIGH'),
  ttl: DURATION,
  restricted_package_name: STRING,
  data: MAP,
  notification: ANDROID_NOTIFICATION,
  fcm_options: object({ analytics_label: STRING }),
  direct_boot_ok: BOOLEAN,
  bandwidth_constrained_ok: BOOLEAN,
  restricted_satellite_ok: BOOLEAN,
});

export const APNS_OPTIONS = object({
  headers: MAP,
  payload: STRUCT,
  fcm_options: object({ analytics_label: STRING, image: STRING }),
  live_activity_token: STRING,
});

export const WEBPUSH_OPTIONS = object({
  headers: MAP,
  data: MAP,
  notification: STRUCT,
  fcm_options: object({ link: STRING, analytics_label: STRING }),
});

const TAG = 'is set by Herald, so that a repeat replaces the first on the screen';
const DATA = 'would take the place of data on this platform; use data';

/** What a definition may not set in its options, by path in lower case, and why. Names of headers know no case. */
export const SET_BY_HERALD: ReadonlyMap<string, string> = new Map([
  ['android.collapse_key', 'use collapse_key'],
  ['android.ttl', 'use ttl_s'],
  ['android.data', DATA],
  ['android.fcm_options', 'use analytics_label'],
  ['android.notification.tag', TAG],
  ['apns.headers.apns-collapse-id', TAG],
  ['apns.headers.apns-expiration', 'use ttl_s'],
  ['apns.fcm_options.analytics_label', 'use analytics_label'],
  ['apns.live_activity_token', 'is not taken: it belongs to one device'],
  ['webpush.data', DATA],
  ['webpush.headers.ttl', 'use ttl_s'],
  ['webpush.fcm_options.analytics_label', 'use analytics_label'],
  ['webpush.notification.tag', TAG],
  ['webpush.notification.renotify', 'would ring again for a repeat'],
]);
