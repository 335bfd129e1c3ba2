import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../test/manual-clock';
import { RefreshedAccessToken } from './access-token';
import { checkCredentials } from './check-credentials';
import { createProvider, type DeliveryOptions } from './create-provider';
import { projectOf, tokenFetcher } from './google-credentials';

const environment = { ...process.env };
let folder: string;
let tokenEndpoint: Server;
let tokensGiven = 0;
let isSilent = false;

beforeAll(async () => {
  // firebase-admin uses something its own library calls deprecated, and that says so each time.
  jest.spyOn(console, 'warn').mockImplementation();
  folder = mkdtempSync(join(tmpdir(), 'herald-credentials-'));
  tokenEndpoint = createServer((_, response) => {
    if (isSilent) return;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        access_token: `token-${++tokensGiven}`,
        expires_in: 3600,
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }),
    );
  });
  await new Promise<void>((resolve) => tokenEndpoint.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  process.env = { ...environment };
});
afterAll(async () => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
  // One of them was never answered.
  tokenEndpoint.closeAllConnections();
  await new Promise((resolve) => tokenEndpoint.close(resolve));
});

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Credentials that get their tokens from the endpoint of this file, and the environment that makes them work. */
function externalAccount(): string {
  for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy']) delete process.env[name];
  const { port } = tokenEndpoint.address() as AddressInfo;
  const path = file('external.json', {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/x',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://127.0.0.1:${port}/token`,
    credential_source: { file: file('subject', 'a.jwt') },
  });
  process.env['GOOGLE_APPLICATION_CREDENTIALS'] = path;
  // Spares Google's library a look-up of the project's name.
  process.env['GOOGLE_CLOUD_PROJECT'] = 'shop';
  return path;
}

const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

describe('the project to send to', () => {
  it('is the one of the settings', () => {
    const applicationCredentials = file('other.json', { project_id: 'other' });
    expect(projectOf({ projectId: 'shop', applicationCredentials })).toBe('shop');
  });

  it("is else the service account's", () => {
    expect(projectOf({ applicationCredentials: file('account.json', { project_id: 'shop' }) })).toBe('shop');
  });

  it.each([
    ['nothing names one', () => ({})],
    [
      'the file names none',
      () => ({ applicationCredentials: file('none.json', { type: 'external_account' }) }),
    ],
  ])('is asked for when %s', (_, options) => {
    expect(() => projectOf(options())).toThrow('FIREBASE_PROJECT_ID must be set');
  });

  it.each([
    ['missing', () => join(folder, 'missing.json')],
    ['not JSON', () => file('broken.json', '{"private_key":"secret')],
    ['not an object', () => file('list.json', '"secret"')],
  ])('cannot be taken from a file that is %s, whose content is not quoted', (_, path) => {
    expect(() => projectOf({ applicationCredentials: path() })).toThrow(
      // With a code it is told in one line when a process starts, without a trace.
      expect.objectContaining({
        code: 'CREDENTIALS',
        message: 'GOOGLE_APPLICATION_CREDENTIALS must name a file with credentials in JSON',
      }),
    );
  });
});

describe('access tokens', () => {
  it('are not fetched without credentials', () => {
    expect(tokenFetcher({ projectId: 'shop' })).toBeUndefined();
  });

  it('are asked for again when the endpoint of the first one never answered', async () => {
    const clock = new ManualClock();
    const fetch = tokenFetcher({ applicationCredentials: externalAccount() })!;
    const tokens = new RefreshedAccessToken(fetch, clock, 300);
    isSilent = true;
    expect(await tokens.get()).toMatchObject({ ok: false });
    isSilent = false;
    clock.advance(6000);
    expect(await tokens.get()).toEqual({ ok: true, token: `token-${tokensGiven}` });
  });

  it("come from the token endpoint of the file's credentials", async () => {
    const applicationCredentials = externalAccount();
    const fetched = await tokenFetcher({ applicationCredentials })?.(false);
    expect(fetched?.access_token).toBe(`token-${tokensGiven}`);
    expect(fetched?.expires_in).toBeGreaterThan(3500);
  });

  it.each([
    ['the settings', () => ({ projectId: 'shop', clientEmail: 'sender@shop.test', privateKey })],
    [
      'a file',
      () => ({
        applicationCredentials: file('service-account.json', {
          type: 'service_account',
          project_id: 'shop',
          client_email: 'sender@shop.test',
          private_key: privateKey,
        }),
      }),
    ],
  ])(
    'of a service account from %s that cannot be fetched are a failure of the credentials',
    async (_, account) => {
      // Google's address is fixed, so it is the way there that is cut: nothing listens on the discard port.
      process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
      const provider = createProvider(
        { mode: 'live', endpoint: 'https://localhost:9', connections: 1, timeoutMs: 5000, ...account() },
        { info: () => undefined },
      );
      const result = await provider.send({
        target: { kind: 'topic', topic: 'orders' },
        notification: { title: 'New Order', body: '' },
        data: {},
      });
      expect(result).toEqual({
        outcome: 'failed',
        cause: 'credentials',
        code: 'UNAUTHENTICATED',
        message: expect.stringMatching(/^No access token from Google: .*ECONNREFUSED/),
      });
      await provider.close();
    },
  );

  it('of a key that is none are a failure of the credentials, and the key is not quoted', async () => {
    const fetch = tokenFetcher({
      projectId: 'shop',
      clientEmail: 'sender@shop.test',
      privateKey: '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----',
    });
    await expect(fetch?.(false)).rejects.toThrow(/^Failed to parse private key\.$/);
  });
});

describe('the check of the credentials', () => {
  const check = (options: Partial<DeliveryOptions>) =>
    checkCredentials({
      ...{ mode: 'live', endpoint: 'https://fcm.googleapis.com', connections: 1, timeoutMs: 5000 },
      ...options,
    });

  it('has nothing to look for in a dry run', async () => {
    expect(await check({ mode: 'dry_run' })).toEqual({
      ok: true,
      says: 'FCM_DRY_RUN is true: nothing leaves this machine, and events count as sent',
    });
  });

  it('gets a token, and leaves it unsaid', async () => {
    const says = await check({ projectId: 'shop', applicationCredentials: externalAccount() });
    expect(says).toEqual({ ok: true, says: 'Google gives an access token for project shop' });
  });

  it('says why there is none', async () => {
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
    expect(await check({ projectId: 'shop', clientEmail: 'sender@shop.test', privateKey })).toEqual({
      ok: false,
      problem: expect.stringMatching(/^No access token from Google: .*ECONNREFUSED/),
      mend: expect.stringMatching(/clock/),
    });
  });

  it.each([
    ['no credentials at all', { projectId: 'shop' }, /^There are no credentials, /],
    ['no project', {}, /^FIREBASE_PROJECT_ID must be set/],
    [
      'a file that is none',
      { projectId: 'shop', applicationCredentials: '/missing' },
      /^GOOGLE_APPLICATION_CREDENTIALS must name/,
    ],
  ])('says that there is %s', async (_, options, problem) => {
    expect(await check(options)).toMatchObject({
      ok: false,
      problem: expect.stringMatching(problem),
      mend: expect.stringMatching(/^Set FIREBASE/),
    });
  });

  it('asks for none towards an emulator', async () => {
    expect(await check({ projectId: 'shop', endpoint: 'https://localhost:8443' })).toEqual({
      ok: true,
      says: 'https://localhost:8443, an emulator that needs no credentials',
    });
  });
});
