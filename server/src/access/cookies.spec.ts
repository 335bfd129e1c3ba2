import { clearSessionCookie, sessionCookie, setSessionCookie } from './cookies';

describe('the session cookie', () => {
  it.each([
    ['herald_session=abc', 'abc'],
    ['a=b; herald_session=abc; c=d', 'abc'],
    ['a=b;herald_session=abc', 'abc'],
    ['herald_session=; herald_session=abc', 'abc'],
    ['herald_session=abc; herald_session=def', 'abc'],
    ['herald_session=abc=def', 'abc'],
  ])('is found in %p', (header, value) => {
    expect(sessionCookie(header)).toBe(value);
  });

  it.each([
    undefined,
    '',
    ';',
    '=',
    'herald_session',
    'herald_session=',
    'xherald_session=a',
    'HERALD_SESSION=a',
    'a=herald_session=b',
  ])('is not in %p', (header) => {
    expect(sessionCookie(header)).toBeNull();
  });

  it('is out of reach for scripts and for other sites, and ends with the session', () => {
    expect(setSessionCookie('abc', false)).toBe(
      'herald_session=abc; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict',
    );
  });

  it('is for TLS only when it was set over TLS', () => {
    expect(setSessionCookie('abc', true)).toMatch(/; Secure$/);
    expect(clearSessionCookie(true)).toMatch(/; Secure$/);
  });

  it('is taken back by one of the same path that ends at once', () => {
    expect(clearSessionCookie(false)).toBe('herald_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
  });
});
