import type { EventSummary } from './event';

/** A worker process that gave a sign of life lately. */
export interface WorkerInfo {
  name: string;
  host: string;
  pid: number;
  started_at: string;
  seen_at: string;
  /** Notifications under way in this worker. */
  in_flight: number;
}

/** How messages leave this installation: `validate` asks FCM to check them only. */
export const DELIVERY_MODES = ['dry_run', 'validate', 'live'] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

/** The queue's figures over all partitions. */
export interface QueueSnapshot {
  queued: number;
  processing: number;
  retrying: number;
  failed: number;
  /** Age in ms of the oldest event that is not settled, since it was received or last replayed; 0 when there is none. */
  oldest_age_ms: number;
  workers: WorkerInfo[];
  /** There while nothing is sent. */
  paused?: DeliveryPause;
  /** There while messages wait for FCM's quota. */
  throttled?: DeliveryThrottle;
}

/** Why nothing is sent: FCM refuses our project or its key. It is tried again by itself. */
export interface DeliveryPause {
  code: string;
  message: string;
  since: string;
}

/** Messages wait for FCM's quota of the project. They go on by themselves. */
export interface DeliveryThrottle {
  since: string;
  /** How many are let through in a minute at the moment; 0 while all wait. */
  per_minute: number;
  /** There while all wait, because FCM said that its quota is exceeded: when they go on. */
  until?: string;
}

/** What the console needs to know before its first page. */
export interface SessionInfo {
  delivery_mode: DeliveryMode;
  /** When the session ends, ISO 8601. */
  expires_at: string;
}

/** What `GET /api/admin/live` sends: the server-sent event's name and its data. */
export interface LiveMessages {
  queue: QueueSnapshot;
  event: EventSummary;
}

/** Answer to a replay (202). */
export interface ReplayAccepted {
  status: 'queued';
  event_id: string;
}
