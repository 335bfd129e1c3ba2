import { newWorker } from '../../../test/builders';
import { useQueue } from '../../../test/queue';
import { diagnose } from '../../config/diagnosis';
import { MessageStore } from '../../messages/store';
import { LineState } from '../../queue/line-state';
import { Workers } from '../../queue/workers';
import { BucketStore } from '../../quota/bucket-store';
import { QuotaKeys } from '../../quota/quota-keys';
import { examine, type Row } from './examine';

const test = useQueue({ books: false });

/** What the doctor says, with the settings that fit the keyspace of this test. */
async function examined(env: Record<string, string> = {}): Promise<Row[]> {
  const rows: Row[] = [];
  const settings = { REDIS_URL: test.url, REDIS_PREFIX: test.prefix, PARTITIONS: '3' };
  const diagnosis = diagnose({ WEBHOOK_SECRET: 'a-secret-of-the-tests', ...settings, ...env });
  for await (const row of examine(diagnosis)) rows.push(row);
  return rows;
}

const rowsOf = (rows: Row[], name: string) => rows.filter((row) => row.name === name);

beforeEach(() =>
  new Workers(test.redis, test.keyspace).signOfLife(newWorker({ seen_at: new Date().toISOString() })),
);

describe('the doctor', () => {
  it('looks at everything, in an order that leads from the outside to the inside', async () => {
    await test.sent(await test.worker());
    const rows = await examined();
    expect(rows.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['Configuration', 'ok'],
      ['Firebase', 'ok'],
      ['Redis', 'ok'],
      ['Version', 'ok'],
      ['Role', 'ok'],
      ['Eviction', 'ok'],
      // The Redis of the tests keeps no file.
      ['Persistence', 'fail'],
      ['Memory', 'ok'],
      ['Clock', 'ok'],
      ['Lease', 'ok'],
      ['Partitions', 'ok'],
      ['Workers', 'ok'],
      ['Delivery', 'ok'],
      ['Messages', 'ok'],
      ['Quotas', 'ok'],
      ['Books', 'ok'],
    ]);
    expect(rowsOf(rows, 'Books')[0]!.says).toBe(
      'balanced: 1 taken in = 0 queued + 0 processing + 0 retrying + 1 sent + 0 failed + 0 purged',
    );
  });

  it('changes nothing', async () => {
    await examined();
    expect(await test.redis.exists(test.keyspace.meta)).toBe(0);
  });

  it('names every mistake in the books with its mend', async () => {
    const { eventId } = await test.enqueued();
    const { keys } = test.keyspace.partitionOf(`default/${eventId}`);
    await test.redis.del(keys.stream);
    await test.redis.zadd(keys.due, 1, 'default/nobody');
    const found = rowsOf(await examined(), 'Books');
    expect(found.map(({ verdict, says }) => `${verdict} ${says}`).sort()).toEqual([
      expect.stringMatching(/^fail partition \d: listed without a record: default\/nobody \(due\)\.$/),
      expect.stringMatching(/^fail partition \d: queued or processing without a stream entry: default\//),
    ]);
    expect(found.every(({ mend }) => mend)).toBe(true);
  });

  it('does not balance the books of another number of partitions', async () => {
    await test.enqueued();
    const rows = await examined({ PARTITIONS: '4' });
    expect(rowsOf(rows, 'Partitions')).toEqual([
      expect.objectContaining({ verdict: 'fail', mend: expect.stringContaining('Set PARTITIONS to 3') }),
    ]);
    expect(rowsOf(rows, 'Books')).toEqual([]);
  });

  it('misses workers', async () => {
    await test.redis.del(test.keyspace.workers);
    expect(rowsOf(await examined(), 'Workers')).toEqual([
      expect.objectContaining({ verdict: 'warn', mend: 'npm run worker' }),
    ]);
  });

  it('says why nothing is sent', async () => {
    const line = new LineState(test.redis, test.keyspace);
    const since = await line.stop({ code: 'NOT_FOUND', message: 'No such project' });
    expect(rowsOf(await examined(), 'Delivery')).toEqual([
      expect.objectContaining({
        verdict: 'fail',
        says: expect.stringContaining('its key: NOT_FOUND: No such project') as string,
      }),
    ]);
    await line.resume(since);
  });

  it('says that messages wait for FCM’s quota, and that it is not kept', async () => {
    const { project } = new QuotaKeys(test.prefix);
    const bucket = new BucketStore(test.redis, project, 600, 0, 'worker');
    await bucket.grant({ want: 1000, used: 0, spent: 0 });
    const [waits] = rowsOf(await examined(), 'Quotas');
    expect(waits).toMatchObject({
      verdict: 'warn',
      says: expect.stringContaining('a minute are let through'),
    });
    await bucket.pause(60_000);
    const [paused] = rowsOf(await examined(), 'Quotas');
    expect(paused).toMatchObject({ verdict: 'warn', says: expect.stringContaining('wait until 2') });
    const [off] = rowsOf(await examined({ FCM_QUOTAS: 'off' }), 'Quotas');
    expect(off).toMatchObject({ verdict: 'warn', mend: 'Set FCM_QUOTAS to on.' });
  });

  it('counts the message definitions, and names those that cannot be used', async () => {
    expect(rowsOf(await examined(), 'Messages')).toEqual([
      { name: 'Messages', verdict: 'ok', says: '1 event type: 1 built in, 0 of the file, 0 stored' },
    ]);
    const store = new MessageStore(test.redis, test.prefix);
    await store.define(
      'order.good',
      JSON.stringify({ title: 'A', body: 'B' }),
      undefined,
      await store.revision(),
    );
    await store.define(
      'order.bad',
      JSON.stringify({ title: 'A', body: '{{' }),
      undefined,
      await store.revision(),
    );
    const rows = rowsOf(await examined({ MESSAGES_FILE: '/not/there.yaml' }), 'Messages');
    expect(rows.map(({ verdict, says }) => `${verdict} ${says}`)).toEqual([
      expect.stringMatching(/^fail .*MESSAGES_FILE \/not\/there\.yaml cannot be used/),
      expect.stringMatching(/^fail The stored definition of order\.bad cannot be used: body: line 1/),
    ]);
    await store.withdraw('order.bad', undefined);
    expect(rowsOf(await examined(), 'Messages')[0]!.says).toBe(
      '2 event types: 1 built in, 0 of the file, 1 stored',
    );
  });

  it('names every wrong variable, and looks at what does not depend on them', async () => {
    const rows = await examined({ PORT: 'many', RETRY_JITTER: '7' });
    expect(rowsOf(rows, 'Configuration')).toEqual([
      { name: 'Configuration', verdict: 'fail', says: 'PORT must be a whole number from 0 to 65535' },
      { name: 'Configuration', verdict: 'fail', says: 'RETRY_JITTER must be a number from 0 to 1' },
    ]);
    expect(rowsOf(rows, 'Books')).toHaveLength(1);
  });

  it('does not look at a Redis that nobody will use', async () => {
    const rows = await examined({ PARTITIONS: 'many', FIREBASE_CLIENT_EMAIL: 'half@shop.test' });
    expect(rowsOf(rows, 'Redis')).toMatchObject([{ verdict: 'warn' }]);
    expect(rowsOf(rows, 'Firebase')).toMatchObject([{ verdict: 'warn' }]);
    expect(rowsOf(rows, 'Version')).toEqual([]);
  });

  it('says that nothing is sent in production, and that there are no credentials', async () => {
    const production = { NODE_ENV: 'production', ADMIN_TOKEN: 'an-admin-token-of-the-tests' };
    expect(rowsOf(await examined(production), 'Firebase')).toMatchObject([{ verdict: 'warn' }]);
    const live = { FCM_DRY_RUN: 'false', FIREBASE_PROJECT_ID: 'shop' };
    expect(rowsOf(await examined(live), 'Firebase')).toMatchObject([{ verdict: 'fail' }]);
  });

  it('goes on until it meets a Redis that does not let it, and says so', async () => {
    await test.redis.call('ACL', 'SETUSER', 'guest', 'on', '>a-password', '~*', '+@all', '-hmget');
    const rows = await examined({ REDIS_URL: test.url.replace('//', '//guest:a-password@') });
    expect(rows.at(-1)).toMatchObject({
      name: 'Redis',
      verdict: 'fail',
      says: expect.stringMatching(/could not be asked further: NOPERM/),
    });
    await test.redis.call('ACL', 'DELUSER', 'guest');
  });
});
