import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { freePort } from '../../../../e2e/stack/processes';
import { type RunningRedis, startRedis } from '../../../../e2e/stack/redis';
import { RedisConnections } from '../../redis/connections';
import { meetRedis, withoutSecrets } from './meet-redis';

let server: RunningRedis;
beforeAll(async () => {
  server = await startRedis({ args: ['--requirepass', 'a-password'] });
});
afterAll(() => server.stop());

async function meet(url: string) {
  let trouble: Error | undefined;
  const connections = new RedisConnections({ url, commandTimeoutMs: 2000 }, (error) => (trouble = error));
  try {
    return await meetRedis(connections.forCommands(), url, () => trouble);
  } finally {
    connections.closeAll();
  }
}

describe('meeting Redis', () => {
  it('says how quickly it answers, and not how to get in', async () => {
    const { verdict, says } = await meet(server.url.replace('//', '//:a-password@'));
    expect(verdict).toBe('ok');
    expect(says).toMatch(new RegExp(`^redis://127.0.0.1:${server.port} answers in \\d+\\.\\d ms$`));
  });

  it.each([
    ['without a password', (url: string) => url, /NOAUTH/, /password into REDIS_URL/],
    [
      'with a wrong password',
      (url: string) => url.replace('//', '//:wr0ng@'),
      /WRONGPASS/,
      /password into REDIS_URL/,
    ],
  ])('%s says which sort of key is missing', async (_, urlFrom, why, mend) => {
    const finding = await meet(urlFrom(server.url));
    expect(finding).toMatchObject({
      verdict: 'fail',
      says: expect.stringMatching(why),
      mend: expect.stringMatching(mend),
    });
    expect(JSON.stringify(finding)).not.toContain('wr0ng');
  });

  it('where nobody listens says so', async () => {
    const finding = await meet(`redis://127.0.0.1:${await freePort()}`);
    expect(finding).toMatchObject({
      verdict: 'fail',
      says: expect.stringMatching(/cannot be used: connect ECONNREFUSED/),
      mend: expect.stringMatching(/^Start Redis there/),
    });
  });

  it('where something listens that never answers says so', async () => {
    const mute = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const finding = await meet(`redis://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    expect(finding).toMatchObject({ verdict: 'fail', mend: expect.stringMatching(/not Redis/) });
    mute.close();
  });
});

it.each([
  ['redis://localhost:6379', 'redis://localhost:6379'],
  ['rediss://user:p%40ss@host:1/0', 'rediss://host:1/0'],
  ['redis://:p@/s@s@a:1,redis://:p@b:2', 'redis://a:1,redis://b:2'],
  ['sentinel://:p@a:1,b:2/main', 'sentinel://a:1,b:2/main'],
])('%s is shown as %s', (url, shown) => expect(withoutSecrets(url)).toBe(shown));
