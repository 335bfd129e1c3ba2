/**
 * Whom one message is for: one app instance (by registration token or Firebase Installation ID), everybody who subscribed
 * to a topic, or whoever a condition of topics fits.
 */
export type Target =
  | { kind: 'token' | 'fid'; token: string }
  | { kind: 'topic'; topic: string }
  | { kind: 'condition'; condition: string };

/** One message to one target; field names and types are FCM HTTP v1's own (`messages:send`). */
export interface PushMessage {
  target: Target;
  notification: { title: string; body: string };
  data: Record<string, string>;
  android?: Options & {
    collapse_key?: string;
    priority?: 'NORMAL' | 'HIGH';
    ttl?: string;
    notification?: Options & { tag?: string };
  };
  apns?: Options & { headers?: Record<string, string> };
  webpush?: Options & { headers?: Record<string, string>; notification?: Options & { tag?: string } };
  fcm_options?: { analytics_label?: string };
}

/** Further fields of FCM's, which nobody here looks at. */
type Options = Record<string, unknown>;

/**
 * Why FCM would not take a message, as far as what to do next depends on it:
 *
 * - `message`: the message itself is wrong; it will be refused for ever, the token is fine
 * - `target_gone`: the app was removed or the token replaced; the token is worth nothing any more
 * - `target_refused`: the token belongs to another sender
 * - `platform_credentials`: what Apple or the browser's push service wants of our project is missing or bad; other platforms work
 * - `throttled`: too much at once; nobody's failure, wait at least `retryAfterMs`
 * - `credentials`: our own key or project was refused; nobody's failure, nothing can be sent until it is mended
 * - `server`: FCM's own trouble; it may pass
 */
export const FAILURE_CAUSES = [
  'message',
  'target_gone',
  'target_refused',
  'platform_credentials',
  'throttled',
  'credentials',
  'server',
] as const;
export type FailureCause = (typeof FAILURE_CAUSES)[number];

/** Whose quota was exceeded, of the message's: the whole project's, its device's or that of messages to topics. */
export type QuotaScope = 'project' | 'device' | 'topic';

/** What became of one attempt. `unknown` means it may or may not have been delivered (timeout, reset). */
export type DeliveryResult =
  | { outcome: 'delivered'; messageName: string; dryRun?: true }
  | {
      outcome: 'failed';
      cause: FailureCause;
      code: string;
      message: string;
      retryAfterMs?: number;
      /** Of what is `throttled`. */
      scope?: QuotaScope;
    }
  | { outcome: 'unknown'; message: string };

/** Sends messages. There are two: `DryRunProvider` and `FcmProvider`; both pass one conformance suite. */
export interface DeliveryProvider {
  /** Tries once, never longer than the attempt's deadline. Expected failures are results; it does not throw. */
  send(message: PushMessage): Promise<DeliveryResult>;
  /** Lets what is under way end, then closes connections. */
  close(): Promise<void>;
}
