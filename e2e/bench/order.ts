/** What the benchmarks send. */

export const USERS = 5000;

/** About 300 bytes, as a shop's; those of 5,000 users in turns. */
export function order(prefix: string, index: number): object {
  return {
    event_id: `${prefix}-${index}`,
    order_id: `${100_000 + index}`,
    user_id: `user-${index % USERS}`,
    created_at: '2026-11-24T09:30:00.000Z',
    currency: 'EUR',
    total: 129.9,
    items: [
      { sku: 'TSHIRT-BLUE-M', name: 'T-shirt, blue, M', quantity: 2, price: 24.95 },
      { sku: 'SNEAKER-42', name: 'Sneaker, 42', quantity: 1, price: 80 },
    ],
  };
}
