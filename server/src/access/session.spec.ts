import { createHash, createHmac } from 'node:crypto';
import { ManualClock } from '../../test/manual-clock';
import { isSameSecret } from './same-secret';
import { SESSION_MS, Sessions } from './session';

const TOKEN = 'an-admin-token-of-the-tests';

describe('a session', () => {
  const sessions = new Sessions(TOKEN);
  const clock = new ManualClock();
  const { cookie, expiresMs } = sessions.issue(clock.now());

  it('holds for twelve hours and not a millisecond longer', () => {
    expect(expiresMs).toBe(clock.now() + 12 * 3600 * 1000);
    expect(sessions.check(cookie, clock.now())).toBe(expiresMs);
    expect(sessions.check(cookie, clock.now() + SESSION_MS - 1)).toBe(expiresMs);
    expect(sessions.check(cookie, clock.now() + SESSION_MS)).toBeNull();
  });

  it('is another one at each sign-in', () => {
    expect(sessions.issue(clock.now()).cookie).not.toBe(cookie);
  });

  it('is known to every process with the same admin token, and to none with another', () => {
    expect(new Sessions(TOKEN).check(cookie, clock.now())).toBe(expiresMs);
    expect(new Sessions(`${TOKEN}!`).check(cookie, clock.now())).toBeNull();
  });

  it('does not survive the change of any character', () => {
    for (let at = 0; at < cookie.length; at += 1) {
      // The last one holds four bits; a change of its unused ones is told apart, too.
      const changed = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
      expect(sessions.check(changed, clock.now())).toBeNull();
    }
  });

  it('cannot be made longer, shorter, or up', () => {
    const [expires, nonce, signature] = cookie.split('.') as [string, string, string];
    for (const forged of [
      '',
      '.',
      '..',
      'x',
      expires,
      `${expires}.${nonce}`,
      `${expires}.${nonce}.`,
      `${Number(expires) + 1}.${nonce}.${signature}`,
      `${expires}.${nonce}.${signature}A`,
      `${expires}.${nonce}.x.${signature}`,
      `${expires}.${nonce}.${signature.toLowerCase()}`,
      TOKEN,
    ])
      expect([forged, sessions.check(forged, clock.now())]).toEqual([forged, null]);
  });

  it('that was signed with the plain token is none', () => {
    const text = `${expiresMs}.nonce`;
    for (const key of [TOKEN, createHash('sha256').update(TOKEN).digest()]) {
      const signature = createHmac('sha256', key).update(text).digest('base64url');
      expect(sessions.check(`${text}.${signature}`, clock.now())).toBeNull();
    }
  });

  it('does not tell the admin token', () => {
    expect(cookie).not.toContain(TOKEN);
    expect(cookie).toMatch(/^[\w.-]+$/);
  });
});

describe('the admin token', () => {
  const sessions = new Sessions(TOKEN);

  it('is the exact text only', () => {
    expect(sessions.isAdminToken(TOKEN)).toBe(true);
    for (const wrong of ['', TOKEN.slice(1), `${TOKEN} `, TOKEN.toUpperCase(), `${TOKEN}\0`])
      expect(sessions.isAdminToken(wrong)).toBe(false);
  });
});

describe('comparing secrets', () => {
  it('works for secrets of any two lengths', () => {
    expect(isSameSecret('', '')).toBe(true);
    expect(isSameSecret('ü'.repeat(5000), 'ü'.repeat(5000))).toBe(true);
    expect(isSameSecret('a', 'ab')).toBe(false);
    expect(isSameSecret('a'.repeat(5000), '')).toBe(false);
  });
});
