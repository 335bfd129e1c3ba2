import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { type Answer, send, sendRaw } from '../../test/http';
import { serveConsole } from './console-assets';

let dir: string;
let server: FastifyInstance;
let port: number;

async function serve(root: string): Promise<void> {
  server = fastify();
  await serveConsole(server, root);
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
}

const get = (path: string): Promise<Answer> => send({ port }, path);

afterEach(() => server.close());

describe('the built console', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'herald-console-'));
    const root = join(dir, 'browser');
    await mkdir(join(root, 'media'), { recursive: true });
    await Promise.all([
      writeFile(join(dir, 'secret.txt'), 'not for everybody'),
      writeFile(join(root, 'index.html'), '<title>Herald</title>'),
      writeFile(join(root, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>'),
      writeFile(join(root, 'main-ABCD2345.js'), 'start()'),
      writeFile(join(root, 'chunk-S6E_5f-D.js'), 'go()'),
      writeFile(join(root, 'media', 'roboto-WXYZ6789.woff2'), 'font'),
    ]);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  beforeEach(() => serve(join(dir, 'browser')));

  it.each(['/', '/admin'])('is where %s leads', async (path) => {
    expect(await get(path)).toMatchObject({ status: 302, headers: { location: '/admin/' } });
  });

  it.each([
    '/admin/',
    '/admin/events',
    '/admin/events?status=failed',
    '/admin/events/evt.with.dots',
    '/admin/messages/order.js',
    '/admin/index.html',
  ])('answers %s with its page, which is asked for anew each time', async (path) => {
    const { status, headers, text } = await get(path);
    expect({ status, text }).toEqual({ status: 200, text: '<title>Herald</title>' });
    expect(headers['content-type']).toContain('text/html');
    expect(headers['cache-control']).toBe('public, max-age=0');
  });

  it.each([
    ['/admin/main-ABCD2345.js', 'application/javascript', 'start()'],
    ['/admin/chunk-S6E_5f-D.js', 'application/javascript', 'go()'],
    ['/admin/media/roboto-WXYZ6789.woff2', 'font/woff2', 'font'],
  ])(
    'lets browsers keep %s for a year, for its name changes with its content',
    async (path, type, content) => {
      const { status, headers, text } = await get(path);
      expect({ status, text }).toEqual({ status: 200, text: content });
      expect(headers['content-type']).toContain(type);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    },
  );

  it('has files asked for anew that keep their name', async () => {
    const { headers } = await get('/admin/favicon.svg');
    expect(headers['content-type']).toContain('image/svg+xml');
    expect(headers['cache-control']).toBe('public, max-age=0');
  });

  it('lets nobody else run scripts in it, nor frame it', async () => {
    for (const path of ['/admin/', '/admin/main-ABCD2345.js']) {
      const { headers } = await get(path);
      const policy = headers['content-security-policy'];
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers['referrer-policy']).toBe('same-origin');
    }
  });

  it.each([
    '/admin/../secret.txt',
    '/admin/..%2Fsecret.txt',
    '/admin/%2e%2e/secret.txt',
    '/admin/%2e%2e%2fsecret.txt',
    '/admin/..%5Csecret.txt',
    '/admin/media/../../secret.txt',
    '/admin/media/..%2f..%2fsecret.txt',
    '/admin//../secret.txt',
    '/admin/./../secret.txt',
    '/admin/%00/../secret.txt',
    '/admin/secret.txt%00.js',
    '/admin//etc/passwd',
    '/admin/%2Fetc%2Fpasswd',
  ])('gives nothing beside its folder to %s', async (path) => {
    const { text } = await sendRaw({ port }, `GET ${path} HTTP/1.1\r\nhost: herald\r\n\r\n`);
    expect(text).not.toContain('not for everybody');
    expect(text).not.toContain('root:');
  });

  it.each(['/admin/media', '/admin/media/'])('answers %s with its page', async (path) => {
    expect(await get(path)).toMatchObject({ status: 200, text: '<title>Herald</title>' });
  });

  it.each(['/admin/chunk-OLDBUILD.js', '/admin/media/gone.woff2', '/admin/missing.js'])(
    'says of %s that it is not there: the page in its place would be no script',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 404, text: 'There is no such file' });
    },
  );
});

it('that is not built yet says how to build it', async () => {
  await serve('');
  expect(await get('/admin/events')).toMatchObject({
    status: 404,
    text: 'The console is not built yet: npm run build:console',
  });
  expect((await get('/')).headers.location).toBe('/admin/');
});
