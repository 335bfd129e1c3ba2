import { createHash, createHmac, randomBytes } from 'node:crypto';
import { isSameSecret } from './same-secret';

/** How long a sign-in lasts, in ms. */
export const SESSION_MS = 12 * 3600 * 1000;

export const SESSION_COOKIE = 'herald_session';

/**
 * Sign-in with the admin token. A session is a signed text that every api process can check by itself, also while Redis is
 * away; it ends by its age, or for everybody when the admin token is changed.
 */
export class Sessions {
  private readonly key: Buffer;

  constructor(private readonly adminToken: string) {
    this.key = createHash('sha256').update(`herald session ${adminToken}`).digest();
  }

  isAdminToken(given: string): boolean {
    return isSameSecret(given, this.adminToken);
  }

  issue(nowMs: number): { cookie: string; expiresMs: number } {
    const expiresMs = nowMs + SESSION_MS;
    const text = `${expiresMs}.${randomBytes(12).toString('base64url')}`;
    return { cookie: `${text}.${this.sign(text)}`, expiresMs };
  }

  /** When the session ends, in ms; null when it is not one of ours or has ended. */
  check(cookie: string, nowMs: number): number | null {
    const end = cookie.lastIndexOf('.');
    const text = cookie.slice(0, Math.max(0, end));
    const genuine = isSameSecret(cookie.slice(end + 1), this.sign(text));
    const expiresMs = Number(text.split('.', 1)[0]);
    return genuine && expiresMs > nowMs ? expiresMs : null;
  }

  private sign(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url');
  }
}
