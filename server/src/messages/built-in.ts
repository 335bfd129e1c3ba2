import type { MessageDefinition } from '../contract';

/** Event types that need no definition. What each must bring is in `webhook/order-created.dto.ts`, because the contract says so. */
export const BUILT_IN: Readonly<Record<string, MessageDefinition>> = {
  'order.created': {
    title: 'New Order',
    body: 'Order {{ order_id }} placed by {{ user_id }}',
    data: { order_id: '{{ order_id }}', user_id: '{{ user_id }}' },
    target: { user: '{{ user_id }}', fallback_topic: 'orders' },
    android: { priority: 'HIGH' },
  },
};

/** Names of event types: a part of an address, so nothing that needs escaping there. */
export const EVENT_TYPE = /^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/;
export const MAX_EVENT_TYPE = 64;

export function isEventType(name: string): boolean {
  return name.length <= MAX_EVENT_TYPE && EVENT_TYPE.test(name);
}
