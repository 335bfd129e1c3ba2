import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from './config';
import { ConfigError, type ProcessName } from './environment';
import { SECRET_VARIABLES, VARIABLES } from './variables';

const SECRET = 'sixteen-or-more-characters';
const TEXTS = new Set([
  'HOST',
  'REDIS_PREFIX',
  'MESSAGES_FILE',
  'FIREBASE_PROJECT_ID',
  'FIREBASE_CLIENT_EMAIL',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'NO_PROXY',
  'METRICS_TOKEN',
]);
const PEM = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';

function load(env: Record<string, string> = {}, process: ProcessName = 'api') {
  return loadConfig({ WEBHOOK_SECRET: SECRET, ...env }, process);
}

function problems(env: Record<string, string>, process: ProcessName = 'api'): Map<string, string> {
  try {
    load(env, process);
  } catch (error) {
    if (error instanceof ConfigError) return new Map(error.problems);
    throw error;
  }
  return new Map();
}

describe('the settings of a process', () => {
  it('are the defaults of the contract when only the webhook secret is set', () => {
    const config = load();
    expect(config).toMatchObject({
      production: false,
      http: { host: '0.0.0.0', port: 3000, workerPort: 3001, trustProxy: undefined },
      redis: { url: 'redis://localhost:6379', prefix: 'herald', partitions: 8, durability: 'local' },
      webhook: {
        secrets: [SECRET],
        toleranceS: 300,
        maxBodyBytes: 1_048_576,
        rateLimit: 10,
        rateLimitWindowS: 10,
      },
      queue: {
        dedupeTtlS: 86_400,
        retentionS: 604_800,
        deadRetentionS: 2_592_000,
        leaseMs: 30_000,
        maxDeliveries: 3,
      },
      notifier: { concurrency: 1000, retryDelaysMs: [1000, 4000, 10_000], retryJitter: 0, maxAgeS: 3600 },
      delivery: {
        mode: 'dry_run',
        endpoint: 'https://fcm.googleapis.com',
        connections: 10,
        timeoutMs: 10_000,
        projectId: undefined,
      },
      log: { level: 'info', pretty: false },
    });
  });

  it('know the proxy under the name that other programs use too; the capital one wins', () => {
    const small = { https_proxy: 'proxy:3128', no_proxy: 'a.test' };
    expect(load(small).delivery).toMatchObject({ httpsProxy: 'http://proxy:3128/', noProxy: 'a.test' });
    const both = { ...small, HTTPS_PROXY: 'http://other', NO_PROXY: 'b.test' };
    expect(load(both).delivery).toMatchObject({ httpsProxy: 'http://other/', noProxy: 'b.test' });
  });

  it('cannot be changed, however deep', () => {
    const config = load({ WEBHOOK_SECRET: `${SECRET},${SECRET}2` });
    expect(Object.isFrozen(config.redis)).toBe(true);
    expect(() => (config.notifier.retryDelaysMs as number[]).push(1)).toThrow(TypeError);
    expect(() => (config.webhook.secrets as string[]).pop()).toThrow(TypeError);
  });

  it('hold every secret of a rotation, spaces around the commas ignored', () => {
    expect(load({ WEBHOOK_SECRET: `${SECRET} , ${SECRET}-old` }).webhook.secrets).toEqual([
      SECRET,
      `${SECRET}-old`,
    ]);
  });

  it('understand \\n in the private key', () => {
    const key = PEM.replaceAll('\n', '\\n');
    const env = { FIREBASE_PRIVATE_KEY: key, FIREBASE_CLIENT_EMAIL: 'a@b', FIREBASE_PROJECT_ID: 'p' };
    expect(load(env).delivery).toMatchObject({ privateKey: PEM, clientEmail: 'a@b', projectId: 'p' });
  });

  it.each([
    ['true', 'dry_run'],
    ['validate', 'validate'],
    ['false', 'live'],
  ])('translate FCM_DRY_RUN=%s to the mode %s', (value, mode) => {
    expect(load({ FCM_DRY_RUN: value }).delivery.mode).toBe(mode);
  });

  it('take an empty variable for one that is not set', () => {
    expect(load({ PORT: '', ADMIN_TOKEN: '' }).http.port).toBe(3000);
  });

  it('let a command of the api fail well before a sender has waited 2 s for two of them', () => {
    expect(load({}, 'api').redis.commandTimeoutMs * 2).toBeLessThan(2000);
    expect(load({}, 'worker').redis.commandTimeoutMs).toBeGreaterThan(load({}, 'api').redis.commandTimeoutMs);
  });
});

describe('the admin token', () => {
  it('is made up in development, another one at each start, and long enough', () => {
    const [first, second] = [load().access, load().access];
    expect(first.adminTokenMadeUp).toBe(true);
    expect(first.adminToken.length).toBeGreaterThanOrEqual(24);
    expect(first.adminToken).not.toBe(second.adminToken);
  });

  it('must be set in production', () => {
    expect(problems({ NODE_ENV: 'production' })).toEqual(
      new Map([['ADMIN_TOKEN', expect.stringContaining('must be set in production')]]),
    );
  });

  it('is taken as given', () => {
    const access = load({ NODE_ENV: 'production', ADMIN_TOKEN: 'x'.repeat(24) }).access;
    expect(access).toMatchObject({ adminToken: 'x'.repeat(24), adminTokenMadeUp: false });
  });
});

describe('a worker', () => {
  it('is asked neither for the webhook secret nor, in production, for the admin token', () => {
    const config = loadConfig({ NODE_ENV: 'production', WEBHOOK_SECRET: 'short' }, 'worker');
    expect(config.process).toBe('worker');
    expect(config.webhook.secrets).toEqual([]);
  });

  it('does not look for the files of secrets it is not asked for', () => {
    expect(problems({ ADMIN_TOKEN_FILE: '/nowhere/admin-token' }, 'worker').size).toBe(0);
  });

  it('must know its Firebase project before it sends anything', () => {
    expect([...problems({ FCM_DRY_RUN: 'false' }, 'worker').keys()]).toEqual(['FIREBASE_PROJECT_ID']);
    expect(problems({ FCM_DRY_RUN: 'validate', FIREBASE_PROJECT_ID: 'p' }, 'worker').size).toBe(0);
    expect(
      problems({ FCM_DRY_RUN: 'false', GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }, 'worker').size,
    ).toBe(0);
    expect(problems({ FCM_DRY_RUN: 'false' }, 'api').size).toBe(0);
  });
});

describe('a wrong environment', () => {
  it('is answered with one message that names every wrong variable and no value', () => {
    const env = {
      PORT: 'seventy',
      REDIS_URL: 'http://user:pa55@host',
      RATE_LIMIT: '-5',
      WEBHOOK_SECRET: 'tooshort',
    };
    let message = '';
    try {
      load(env);
    } catch (error) {
      message = (error as Error).message;
    }
    for (const [name, value] of Object.entries(env)) {
      expect(message).toContain(`  ${name} must be`);
      expect(message).not.toContain(value);
    }
    expect(message).not.toContain('pa55');
  });

  it('names a required variable that is missing', () => {
    expect(() => loadConfig({}, 'api')).toThrow(/WEBHOOK_SECRET must be set/);
  });

  it.each(['FIREBASE_CLIENT_EMAIL', 'FIREBASE_PRIVATE_KEY'])(
    'says that half a service account lacks %s',
    (missing) => {
      const account: Record<string, string> = { FIREBASE_CLIENT_EMAIL: 'a@b', FIREBASE_PRIVATE_KEY: PEM };
      delete account[missing];
      expect(problems(account)).toEqual(new Map([[missing, expect.stringContaining('other half')]]));
    },
  );

  it.each(Object.keys(VARIABLES))('names %s alone when that one alone is nonsense', (name) => {
    // A text may be anything that is not empty.
    const nonsense = TEXTS.has(name) ? ' ' : '!';
    const account: Record<string, string> = name.startsWith('FIREBASE_')
      ? { FIREBASE_CLIENT_EMAIL: 'a@b', FIREBASE_PRIVATE_KEY: PEM }
      : {};
    expect([...problems({ ...account, [name]: nonsense }).keys()]).toEqual([name]);
  });

  it('of a worker does not blame the project when FCM_DRY_RUN is the wrong one', () => {
    expect([...problems({ FCM_DRY_RUN: 'no' }, 'worker').keys()]).toEqual(['FCM_DRY_RUN']);
  });
});

describe('a secret in a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'herald-secrets-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const file = (content: string) => {
    const path = join(directory, 'secret');
    writeFileSync(path, content);
    return path;
  };

  it.each([
    ['REDIS_URL', 'redis://elsewhere:1'],
    ['WEBHOOK_SECRET', 'a-secret-from-a-file'],
    ['FIREBASE_CLIENT_EMAIL', 'herald@example.com'],
    ['FIREBASE_PRIVATE_KEY', PEM.trim()],
    ['ADMIN_TOKEN', 'y'.repeat(30)],
    ['METRICS_TOKEN', 'a-metrics-token'],
  ])('can stand in for %s', (name, content) => {
    const others: Record<string, string> = {
      WEBHOOK_SECRET: SECRET,
      FIREBASE_CLIENT_EMAIL: 'a@b',
      FIREBASE_PRIVATE_KEY: PEM,
    };
    delete others[name];
    const config = loadConfig({ ...others, [`${name}_FILE`]: file(`${content}\n`) }, 'api');
    expect(JSON.stringify(config)).toContain(JSON.stringify(content));
    expect(SECRET_VARIABLES).toContain(name);
  });

  it('does not matter when the variable itself is set', () => {
    expect(load({ WEBHOOK_SECRET_FILE: '/nowhere' }).webhook.secrets).toEqual([SECRET]);
  });

  it('that cannot be read is named by its variable, without its path', () => {
    const found = problems({ METRICS_TOKEN_FILE: '/nowhere/metrics-token' });
    expect([...found.keys()]).toEqual(['METRICS_TOKEN_FILE', 'METRICS_TOKEN']);
    expect([...found.values()].join()).not.toContain('/nowhere');
  });

  it('that is missing is not also called unset in production', () => {
    const found = problems({ NODE_ENV: 'production', ADMIN_TOKEN_FILE: '/nowhere/admin-token' });
    expect(found.get('ADMIN_TOKEN')).toBe('could not be taken from ADMIN_TOKEN_FILE');
  });
});
