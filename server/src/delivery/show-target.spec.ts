import { showTarget, targetKey } from './show-target';

const token = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';

describe('a target, as people may see it', () => {
  it('is a topic by its name', () => {
    expect(showTarget({ kind: 'topic', topic: 'orders' })).toBe('topic orders');
  });

  it('is a token by its last six characters and the beginning of its SHA-256', () => {
    expect(showTarget({ kind: 'token', token })).toBe('token …a1b2c3 (sha256 260ca323)');
  });

  it.each(['abcdef', 'a', '12345678'])('is never more than half of a short token: %s', (short) => {
    const shown = /…(.*) \(/.exec(showTarget({ kind: 'token', token: short }))?.[1] ?? short;
    expect(shown.length).toBeLessThanOrEqual(short.length / 2);
  });
});

describe('the key of a target', () => {
  it('is 16 hex digits, the same each time', () => {
    expect(targetKey({ kind: 'token', token })).toMatch(/^[0-9a-f]{16}$/);
    expect(targetKey({ kind: 'token', token })).toBe(targetKey({ kind: 'token', token }));
  });

  it('differs from target to target, even for a topic with the name of a token', () => {
    const keys = [
      targetKey({ kind: 'token', token: 'orders' }),
      targetKey({ kind: 'topic', topic: 'orders' }),
      targetKey({ kind: 'token', token: 'Orders' }),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});
