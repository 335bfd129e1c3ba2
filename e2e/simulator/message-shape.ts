/**
 * Field names and types of a message of FCM HTTP v1, as in Google's discovery document of `fcm:v1`. A field is a text
 * (`string`), `boolean`, `number`, a list of texts, a map of texts (`map`), anything at all (`struct`), or a message itself.
 */
export type Shape =
  'string' | 'boolean' | 'number' | 'strings' | 'map' | 'struct' | { [field: string]: Shape };

const FCM_OPTIONS: Shape = { analytics_label: 'string' };

const ANDROID_NOTIFICATION: Shape = {
  title: 'string',
  body: 'string',
  icon: 'string',
  color: 'string',
  sound: 'string',
  tag: 'string',
  click_action: 'string',
  body_loc_key: 'string',
  body_loc_args: 'strings',
  title_loc_key: 'string',
  title_loc_args: 'strings',
  channel_id: 'string',
  ticker: 'string',
  sticky: 'boolean',
  event_time: 'string',
  local_only: 'boolean',
  notification_priority: 'string',
  default_sound: 'boolean',
  default_vibrate_timings: 'boolean',
  default_light_settings: 'boolean',
  vibrate_timings: 'strings',
  visibility: 'string',
  notification_count: 'number',
  light_settings: {
    color: { red: 'number', green: 'number', blue: 'number', alpha: 'number' },
    light_on_duration: 'string',
    light_off_duration: 'string',
  },
  image: 'string',
  bypass_proxy_notification: 'boolean',
  proxy: 'string',
};

const MESSAGE: Shape = {
  name: 'string',
  data: 'map',
  notification: { title: 'string', body: 'string', image: 'string' },
  android: {
    collapse_key: 'string',
    priority: 'string',
    ttl: 'string',
    restricted_package_name: 'string',
    data: 'map',
    notification: ANDROID_NOTIFICATION,
    fcm_options: FCM_OPTIONS,
    direct_boot_ok: 'boolean',
    bandwidth_constrained_ok: 'boolean',
    restricted_satellite_ok: 'boolean',
  },
  webpush: {
    headers: 'map',
    data: 'map',
    notification: 'struct',
    fcm_options: { link: 'string', analytics_label: 'string' },
  },
  apns: {
    headers: 'map',
    payload: 'struct',
    fcm_options: { analytics_label: 'string', image: 'string' },
    live_activity_token: 'string',
  },
  fcm_options: FCM_OPTIONS,
  token: 'string',
  fid: 'string',
  topic: 'string',
  condition: 'string',
};

export const SEND_REQUEST: Shape = { message: MESSAGE, validate_only: 'boolean' };
