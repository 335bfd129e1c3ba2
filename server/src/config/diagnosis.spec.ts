import { diagnose } from './diagnosis';

const SOUND = { WEBHOOK_SECRET: 'a-secret-of-the-tests' };

describe('a diagnosis of the environment', () => {
  it('has nothing to say of a sound one', () => {
    const { problems, config } = diagnose({ ...SOUND, PARTITIONS: '3' });
    expect(problems.size).toBe(0);
    expect(config).toMatchObject({ process: 'worker', redis: { partitions: 3 } });
  });

  it('names every wrong variable of both processes, and goes on with the rest', () => {
    const { problems, config } = diagnose({
      PORT: 'many',
      WORKER_CONCURRENCY: '0',
      REDIS_PREFIX: 'kept',
      FCM_DRY_RUN: 'false',
    });
    expect([...problems.keys()].sort()).toEqual([
      'FIREBASE_PROJECT_ID',
      'PORT',
      'WEBHOOK_SECRET',
      'WORKER_CONCURRENCY',
    ]);
    expect(config).toMatchObject({
      redis: { prefix: 'kept' },
      notifier: { concurrency: 1000 },
      delivery: { mode: 'dry_run' },
    });
  });

  it.each([
    { FIREBASE_CLIENT_EMAIL: 'sender@shop.test' },
    { FIREBASE_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----' },
    { FIREBASE_CLIENT_EMAIL: 'sender@shop.test', FIREBASE_PRIVATE_KEY: 'no key' },
  ])('goes on without half a service account: %j', (half) => {
    const { problems, config } = diagnose({ ...SOUND, ...half });
    expect(problems.size).toBe(1);
    expect(config.delivery).toMatchObject({ clientEmail: undefined, privateKey: undefined });
  });

  it('goes on without a secret file that cannot be read', () => {
    const { problems, config } = diagnose({ ...SOUND, REDIS_URL_FILE: '/missing' });
    expect([...problems.keys()].sort()).toEqual(['REDIS_URL', 'REDIS_URL_FILE']);
    expect(config.redis.url).toBe('redis://localhost:6379');
  });

  it('in production asks for what production needs', () => {
    expect([...diagnose({ ...SOUND, NODE_ENV: 'production' }).problems.keys()]).toEqual(['ADMIN_TOKEN']);
  });
});
