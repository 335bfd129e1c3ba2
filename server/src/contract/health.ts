/** `GET /api/health`, besides Terminus' own fields. */
export interface HealthBody {
  ok: boolean;
  redis: 'up' | 'down';
  timestamp: string;
  /** Seconds since the process started. */
  uptime: number;
}

/** `GET /api/metrics`: totals over all processes. */
export interface MetricsBody {
  /** Webhooks answered 202 or 200. */
  received: number;
  /** The 200s among them. */
  deduped: number;
  /** Events that became sent. */
  sent: number;
  /** Attempts of an event in which something failed; to be asked to wait is no failure. */
  failed: number;
  /** Events now dead-lettered. */
  dlq: number;
  /** Events now queued, processing or retrying. */
  queue_size: number;
}
