import { proxyAuthorization, proxyFor } from './proxy';

const FCM = 'https://fcm.googleapis.com';
const PROXY = 'http://proxy.corp:3128/';
const goesThrough = (address: string, noProxy?: string) =>
  proxyFor(new URL(address), { httpsProxy: PROXY, noProxy })?.href;

describe('the proxy on the way', () => {
  it.each([FCM, 'https://fcm.test:8443', 'https://10.0.0.5', 'https://[fd00::1]'])('is there to %s', (to) => {
    expect(goesThrough(to)).toBe(PROXY);
  });

  it.each([
    ['plain http', 'http://fcm.test'],
    ['this machine', 'https://localhost:8443'],
    ['this machine by address', 'https://127.0.0.1:8443'],
    ['this machine by its other address', 'https://[::1]:8443'],
  ])('is not there to %s', (_, to) => {
    expect(goesThrough(to)).toBeUndefined();
  });

  it('is not there when none is set', () => {
    expect(proxyFor(new URL(FCM), { noProxy: 'example.com' })).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['*', FCM],
    ['fcm.googleapis.com', FCM],
    ['googleapis.com', FCM],
    ['.googleapis.com', FCM],
    ['*.googleapis.com', FCM],
    ['.googleapis.com', 'https://googleapis.com'],
    ['GoogleAPIs.com', FCM],
    ['a.test, b.test,googleapis.com', FCM],
    ['a.test googleapis.com', FCM],
    ['fcm.googleapis.com:443', FCM],
    ['fcm.test:8443', 'https://fcm.test:8443'],
    ['10.0.0.5', 'https://10.0.0.5:8443'],
    ['10.0.0.5:8443', 'https://10.0.0.5:8443'],
    ['fd00::1', 'https://[fd00::1]'],
    ['[fd00::1]', 'https://[fd00::1]'],
    ['[fd00::1]:8443', 'https://[fd00::1]:8443'],
  ])('%j takes %s past it', (noProxy, to) => {
    expect(goesThrough(to, noProxy)).toBeUndefined();
  });

  it.each([
    ['', FCM],
    [' , ', FCM],
    ['apis.com', FCM],
    ['cm.googleapis.com', FCM],
    ['oauth2.googleapis.com', FCM],
    ['fcm.googleapis.com:8443', FCM],
    ['0.0.5', 'https://10.0.0.5'],
    ['[fd00::1]:443', 'https://[fd00::1]:8443'],
  ])('%j does not take %s past it', (noProxy, to) => {
    expect(goesThrough(to, noProxy)).toBe(PROXY);
  });
});

describe('what a proxy sees of us', () => {
  it.each([
    ['http://me:secret@proxy', 'me:secret'],
    ['http://me@proxy', 'me:'],
    ['http://me:p%40ss%3A%C3%A4@proxy', 'me:p@ss:ä'],
  ])('of %s', (address, credentials) => {
    const { 'proxy-authorization': header = '' } = proxyAuthorization(new URL(address));
    expect(Buffer.from(header.replace(/^Basic /, ''), 'base64').toString()).toBe(credentials);
  });

  it('is nothing without a user', () => {
    expect(proxyAuthorization(new URL('http://proxy'))).toEqual({});
  });
});
