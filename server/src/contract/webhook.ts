/** 202: the event is in Redis. */
export interface WebhookAccepted {
  status: 'queued';
  event_id: string;
}

/** 200: this `event_id` was seen before; `conflict` when the body differs from the first. */
export interface WebhookDuplicate {
  status: 'duplicate';
  message: 'Duplicate event ignored';
  event_id: string;
  conflict?: true;
}

export type WebhookAnswer = WebhookAccepted | WebhookDuplicate;
