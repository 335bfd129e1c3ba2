/** How events of one type become a notification. */
export interface MessageDefinition {
  /** Fields of the payload that the texts may use in braces and that the app gets as data. Texts, not empty. */
  fields: readonly string[];
  title: string;
  body: string;
}

/** Every event type there is a notification for. A new one goes here, and nowhere else. */
export const DEFINITIONS: Readonly<Record<string, MessageDefinition>> = {
  'order.created': {
    fields: ['order_id', 'user_id'],
    title: 'New Order',
    body: 'Order {order_id} placed by {user_id}',
  },
};

export const knownEventTypes: readonly string[] = Object.keys(DEFINITIONS);
