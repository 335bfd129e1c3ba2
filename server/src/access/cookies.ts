import { SESSION_COOKIE, SESSION_MS } from './session';

/** The session cookie among those a browser sent; null when it is not there. */
export function sessionCookie(header: string | undefined): string | null {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === SESSION_COOKIE && value) return value;
  }
  return null;
}

/** `Secure` only over TLS, because small teams also operate over plain HTTP on a private network. */
export function setSessionCookie(value: string, secure: boolean): string {
  return attributes(`${SESSION_COOKIE}=${value}; Max-Age=${SESSION_MS / 1000}`, secure);
}

export function clearSessionCookie(secure: boolean): string {
  return attributes(`${SESSION_COOKIE}=; Max-Age=0`, secure);
}

function attributes(pair: string, secure: boolean): string {
  return `${pair}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}
