import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { NestApplicationContext } from '@nestjs/core';
import { startApi, type TestApi } from '../../test/api';
import { readAnswer, send } from '../../test/http';
import { until } from '../../test/until';
import { head, order, post, signed } from '../../test/webhooks';

const READY = '/api/health/ready';

let api: TestApi;
let sockets: Socket[] = [];
let closing: Promise<void> = Promise.resolve();

afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  sockets = [];
  await closing;
});

async function start(env: Record<string, string> = {}): Promise<void> {
  api = await startApi({ SHUTDOWN_DELAY_MS: '0', ...env });
}

/** What the process does when it gets a signal; gives the ms it took. */
function stop(signal = 'SIGTERM'): Promise<number> {
  const begun = performance.now();
  closing = (api.app as unknown as NestApplicationContext).close(signal);
  return closing.then(() => performance.now() - begun);
}

async function connection(): Promise<Socket> {
  const socket = connect(api.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {
    // Cut by the api, which is what is looked for.
  });
  await once(socket, 'connect');
  return socket;
}

const isRefused = async () =>
  send(api, READY).then(
    () => false,
    () => true,
  );

describe('an api that stops', () => {
  it('says at once that it is not ready, and takes webhooks until balancers have noticed', async () => {
    await start({ SHUTDOWN_DELAY_MS: '400' });
    const keepAlive = { connection: 'keep-alive' };
    expect((await post(api, order(), keepAlive)).headers.connection).toBe('keep-alive');
    const stopped = stop();
    expect(await send(api, READY)).toMatchObject({
      status: 503,
      body: { ok: false, status: 'shutting_down' },
    });
    expect(await post(api, order(), keepAlive)).toMatchObject({
      status: 202,
      headers: { connection: 'close' },
    });
    expect(await stopped).toBeGreaterThanOrEqual(400);
    expect(await isRefused()).toBe(true);
  });

  it('does not wait for balancers when it was stopped by hand', async () => {
    await start({ SHUTDOWN_DELAY_MS: '60000' });
    expect(await stop('SIGINT')).toBeLessThan(5000);
  });

  it('answers a request whose body comes after the listener has closed, and ends its connection', async () => {
    await start();
    const body = JSON.stringify(order());
    const socket = await connection();
    socket.write(`${head({ ...signed(body), 'content-length': body.length })}\r\n${body.slice(0, 10)}`);
    await until(() => socket.bytesWritten > 0);
    // A round trip, so that the api has surely read the beginning.
    await send(api, READY);
    const stopped = stop();
    await until(isRefused);
    socket.write(body.slice(10));
    expect(await readAnswer(socket)).toMatchObject({ status: 202, headers: { connection: 'close' } });
    expect(await stopped).toBeLessThan(5000);
  });

  it('is not held up by a connection on which nothing was ever sent', async () => {
    await start();
    await connection();
    await send(api, READY);
    expect(await stop()).toBeLessThan(5000);
  });

  it('cuts at its deadline what never ends', async () => {
    await start({ SHUTDOWN_TIMEOUT_MS: '300' });
    const socket = await connection();
    socket.write('POST /api/webhook/order.created HTTP/1.1\r\nhost: x\r\nx-never');
    await send(api, READY);
    const ms = await stop();
    expect(ms).toBeGreaterThanOrEqual(250);
    expect(ms).toBeLessThan(5000);
  });
});
