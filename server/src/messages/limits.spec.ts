import type { PushMessage } from '../delivery/provider';
import { limitProblem } from './limits';

const message = (data: Record<string, string>, kind: 'token' | 'topic' = 'token'): PushMessage => ({
  target: kind === 'token' ? { kind, token: 'abc' } : { kind, topic: 'orders' },
  notification: { title: '', body: '' },
  data,
});

describe("FCM's limits of a message", () => {
  it.each(['from', 'message_type', 'google.x', 'googleplex', 'gcm', 'gcm.notification.title'])(
    'refuse the reserved data key %s',
    (key) => {
      expect(limitProblem(message({ [key]: 'x' }))).toBe(`data key "${key}" is reserved by FCM`);
    },
  );

  it.each(['from_user', 'type', 'my_google'])('let the data key %s pass', (key) => {
    expect(limitProblem(message({ [key]: 'x' }))).toBeUndefined();
  });

  it.each([
    ['token', 4096],
    ['topic', 2048],
  ] as const)('let a %s have %d bytes and not one more', (kind, limit) => {
    expect(limitProblem(message({ k: 'x'.repeat(limit - 1) }, kind))).toBeUndefined();
    expect(limitProblem(message({ k: 'x'.repeat(limit) }, kind))).toBe(
      `the message has ${limit + 1} bytes, ${kind}s get at most ${limit}`,
    );
  });

  it('count bytes, not characters', () => {
    expect(limitProblem(message({ k: '🍕'.repeat(1024) }))).toContain('4097 bytes');
  });
});
