/** A genuine event as it came in, before anybody decided whether it was seen before. */
export interface NewEvent {
  source: string;
  eventId: string;
  type: string;
  userId: string;
  orderId: string;
  /** The body's exact text. */
  payload: string;
  /** The request's headers, redacted. */
  headers: Record<string, string>;
}
