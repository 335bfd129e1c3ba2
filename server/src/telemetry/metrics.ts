import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What this process counts for Prometheus. Totals over all processes are in Redis. */
export class Metrics {
  readonly registry = new Registry();

  readonly webhooks = new Counter({
    name: 'herald_webhooks_total',
    help: 'Webhooks by the status they were answered with',
    labelNames: ['status'] as const,
    registers: [this.registry],
  });

  readonly webhookSeconds = new Histogram({
    name: 'herald_webhook_seconds',
    help: 'Time from the arrival of a webhook to its answer',
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly refusedConnections = new Counter({
    name: 'herald_refused_connections_total',
    help: 'Connections closed unread because too many were open, in the process or from one client',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });

  readonly attempts = new Counter({
    name: 'herald_attempts_total',
    help: 'Messages handed to the delivery provider, by outcome and error code',
    labelNames: ['outcome', 'code'] as const,
    registers: [this.registry],
  });

  readonly attemptSeconds = new Histogram({
    name: 'herald_attempt_seconds',
    help: 'Time the delivery provider took for one message',
    buckets: SECONDS,
    registers: [this.registry],
  });

  readonly wrongMessages = new Counter({
    name: 'herald_wrong_messages_total',
    help: 'Messages that FCM refused as wrong, whoever they are for: a template to be mended, by type of event',
    labelNames: ['event_type'] as const,
    registers: [this.registry],
  });

  readonly platformRefusals = new Counter({
    name: 'herald_platform_refusals_total',
    help: "Messages that wait because Apple or a browser's push service refuses the project's key, by platform of the device",
    labelNames: ['platform'] as const,
    registers: [this.registry],
  });

  readonly paused = new Gauge({
    name: 'herald_deliveries_paused',
    help: '1 while nothing is sent, because FCM refuses our project or its key',
    registers: [this.registry],
  });

  readonly quotaUse = new Gauge({
    name: 'herald_quota_use',
    help: "Share of the project's quota of messages that all workers used in the last minute",
    registers: [this.registry],
  });

  readonly quotaWaits = new Counter({
    name: 'herald_quota_waits_total',
    help: 'Times that something had to wait for a quota of FCM: project, device, collapsible, topic',
    labelNames: ['scope'] as const,
    registers: [this.registry],
  });

  readonly quotaPaused = new Gauge({
    name: 'herald_quota_paused',
    help: '1 while nothing is sent, because FCM said that its quota is exceeded',
    registers: [this.registry],
  });

  readonly settledSeconds = new Histogram({
    name: 'herald_settled_seconds',
    help: 'Time from when an event was received or last replayed until it was settled, by status',
    labelNames: ['status'] as const,
    buckets: [...SECONDS, 60, 300, 1800, 3600],
    registers: [this.registry],
  });

  readonly upkeep = new Counter({
    name: 'herald_upkeep_total',
    help: 'Events that background roles moved: promoted, reclaimed, poison, lost, mended, purged, shed',
    labelNames: ['what'] as const,
    registers: [this.registry],
  });

  readonly roleFailures = new Counter({
    name: 'herald_role_failures_total',
    help: 'Runs of a background role that failed',
    labelNames: ['role'] as const,
    registers: [this.registry],
  });

  readonly dataLosses = new Counter({
    name: 'herald_data_losses_total',
    help: 'Partitions that were found to have lost data: emptied, rolled_back, group',
    labelNames: ['what'] as const,
    registers: [this.registry],
  });

  readonly devices = new Counter({
    name: 'herald_devices_total',
    help: 'Devices that were pruned, quarantined, restored, kept because they were seen meanwhile (renewed), or because too many would be set aside (suppressed)',
    labelNames: ['what'] as const,
    registers: [this.registry],
  });

  readonly topicChanges = new Counter({
    name: 'herald_topic_changes_total',
    help: 'Devices whose subscription to a topic FCM was told to change, by change (subscribe, unsubscribe) and outcome (done, failed, again)',
    labelNames: ['change', 'outcome'] as const,
    registers: [this.registry],
  });

  readonly pruningStopped = new Gauge({
    name: 'herald_pruning_stopped',
    help: '1 while no token is pruned, because suspiciously many would be',
    registers: [this.registry],
  });

  readonly quarantineStopped = new Gauge({
    name: 'herald_quarantine_stopped',
    help: "1 while no token is quarantined, because suspiciously many would be: is it our key that is another sender's?",
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Has the queue's figures read when, and only when, somebody asks for the metrics. */
  readQueueFrom(counts: () => Promise<Record<string, number>>): void {
    new Gauge({
      name: 'herald_events',
      help: 'Events by status, over all processes',
      labelNames: ['status'] as const,
      registers: [this.registry],
      async collect() {
        this.reset();
        try {
          for (const [status, count] of Object.entries(await counts())) this.set({ status }, count);
        } catch {
          // Redis is away: the process' own metrics are worth having all the same.
        }
      },
    });
  }
}
