import { createSign, generateKeyPairSync } from 'node:crypto';
import { OAuth } from '../../../../e2e/simulator/oauth';
import { type SimulatorClient, startClient } from '../../../test/fcm-simulator';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

interface Assertion {
  header?: object;
  claims?: object;
  key?: Parameters<ReturnType<typeof createSign>['sign']>[0];
  now?: number;
}

function assertion({ header, claims, key = privateKey, now = NOW }: Assertion = {}): string {
  const iat = now / 1000;
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = encode({ alg: 'RS256', typ: 'JWT', ...header });
  const aud = 'https://oauth2.googleapis.com/token';
  const body = encode({ iss: 'me@shop.example', scope: SCOPE, aud, iat, exp: iat + 3600, ...claims });
  const signature = createSign('RSA-SHA256').update(`${head}.${body}`).sign(key);
  return `${head}.${body}.${signature.toString('base64url')}`;
}
const form = (changes: Record<string, string> = {}, parts?: Assertion) =>
  new URLSearchParams({ grant_type: GRANT, assertion: assertion(parts), ...changes });

describe('an assertion', () => {
  const oauth = new OAuth('https://localhost:8443');
  const S = NOW / 1000;

  it.each<[string, Assertion | undefined]>([
    ["for Google's address", undefined],
    ['for its own address', { claims: { aud: 'https://localhost:8443/token' } }],
    ['for all of Google Cloud', { claims: { scope: `x https://www.googleapis.com/auth/cloud-platform` } }],
    ['of a clock that is 4 minutes off', { now: NOW + 240_000 }],
  ])('%s is worth an access token', (_, parts) => {
    expect(oauth.grant(form({}, parts), NOW)).toEqual({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^ya29\./),
        expires_in: 3600,
        token_type: 'Bearer',
      },
    });
  });

  it.each<[string, string, Assertion, Record<string, string>]>([
    ['of another grant', 'unsupported_grant_type', {}, { grant_type: 'password' }],
    ['that is none', 'invalid_grant', {}, { assertion: 'a.b.c' }],
    ['that is not there', 'invalid_grant', {}, { assertion: '' }],
    ['of another algorithm', 'invalid_grant', { header: { alg: 'none' } }, {}],
    ['of nobody', 'invalid_grant', { claims: { iss: '' } }, {}],
    ['for somebody else', 'invalid_grant', { claims: { aud: 'https://example.com/token' } }, {}],
    ['that lives too long', 'invalid_grant', { claims: { exp: S + 3601 } }, {}],
    ['that ends before it begins', 'invalid_grant', { claims: { exp: S - 1 } }, {}],
    ['without times', 'invalid_grant', { claims: { iat: undefined } }, {}],
    ['of yesterday', 'invalid_grant', { now: NOW - 86_400_000 }, {}],
    ['of tomorrow', 'invalid_grant', { now: NOW + 86_400_000 }, {}],
    ['for other things', 'invalid_scope', { claims: { scope: 'email' } }, {}],
  ])('%s is refused with %s', (_, error, parts, changes) => {
    expect(oauth.grant(form(changes, parts), NOW)).toMatchObject({ status: 400, body: { error } });
  });

  it('of the account it made is verified', () => {
    const account = oauth.serviceAccount('shop') as { client_email: string; private_key: string };
    const claims = { iss: account.client_email };
    expect(oauth.grant(form({}, { claims, key: account.private_key }), NOW).status).toBe(200);
    expect(oauth.grant(form({}, { claims }), NOW)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' },
    });
  });
});

describe('an access token', () => {
  const issue = (oauth: OAuth) =>
    `Bearer ${(oauth.grant(form(), NOW).body as { access_token: string }).access_token}`;

  it('is good until it expires', () => {
    const oauth = new OAuth('');
    oauth.lifetimeS = 10;
    const token = issue(oauth);
    expect([oauth.check(token, NOW + 9999), oauth.check(token, NOW + 10_000)]).toEqual(['good', 'expired']);
  });

  it('of anybody is good, unless the simulator is strict', () => {
    const oauth = new OAuth('');
    expect(oauth.check('Bearer owner', NOW)).toBe('good');
    oauth.strict = true;
    expect(oauth.check('Bearer owner', NOW)).toBe('invalid');
    expect(oauth.check(issue(oauth), NOW)).toBe('good');
  });

  it.each([undefined, '', 'owner', 'Basic owner', 'Bearer ', 'Bearer a b'])('is not %p', (header) => {
    expect(new OAuth('').check(header, NOW)).toBe('invalid');
  });
});

describe('the token endpoint', () => {
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await startClient({ settings: { auth: 'strict' } });
  });
  afterEach(() => client.close());

  const fetchToken = () =>
    client.ask('POST', '/token', form({}, { now: Math.floor(Date.now() / 1000) * 1000 }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
  const sendWith = (token = '') =>
    client.post({ message: { token: 'phone' } }, { authorization: `Bearer ${token}` });

  it('gives what a message is taken with, until it is taken back', async () => {
    const { access_token } = (await fetchToken()).json;
    expect((await sendWith(access_token)).status).toBe(200);
    await client.ask('DELETE', '/simulator/access-tokens');
    const { status, json } = await sendWith(access_token);
    expect(status).toBe(401);
    expect(json.error).toMatchObject({
      status: 'UNAUTHENTICATED',
      details: [{ reason: 'ACCESS_TOKEN_EXPIRED' }],
    });
    expect((await sendWith((await fetchToken()).json.access_token)).status).toBe(200);
    expect(client.simulator.stats()).toMatchObject({ access_tokens_issued: 2, access_tokens_refused: 0 });
  });

  it('refuses a key that was revoked; what it gave before stays good', async () => {
    const { access_token } = (await fetchToken()).json;
    client.simulator.set({ token_endpoint: 'revoked' });
    expect(await fetchToken()).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });
    expect((await sendWith(access_token)).status).toBe(200);
    client.simulator.set({ token_endpoint: 'ok' });
    expect((await fetchToken()).status).toBe(200);
  });

  it.each([
    ['unavailable', 503],
    ['internal', 500],
    ['garbage-502', 502],
    ['slow-20', 200],
  ])('fails on request: %s', async (token_endpoint, status) => {
    client.simulator.set({ token_endpoint });
    expect((await fetchToken()).status).toBe(status);
  });

  it('resets on request', async () => {
    client.simulator.set({ token_endpoint: 'reset' });
    await expect(fetchToken()).rejects.toThrow();
  });
});

/** The same path Google's own library takes, but for the address. */
it('a service account of the simulator is a file of the form Google gives', async () => {
  const client = await startClient();
  const { json } = await client.ask('GET', '/simulator/service-account?project=shop');
  expect(json).toMatchObject({
    type: 'service_account',
    project_id: 'shop',
    private_key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/),
    client_email: expect.stringContaining('@'),
    token_uri: `${client.simulator.url}/token`,
  });
  await client.close();
});
