import { useApi } from '../../test/api';
import { send, sendRaw } from '../../test/http';
import { useOutput } from '../../test/output';
import { until } from '../../test/until';
import { order, post } from '../../test/webhooks';

const output = useOutput();

/** The lines of a request, once it has one. */
const linesOf = (id: string) =>
  until(() => {
    const lines = output.lines().filter(({ request_id }) => request_id === id);
    return lines.length > 0 && lines;
  });

describe('the log', () => {
  const api = useApi({ LOG_LEVEL: 'info' });

  it('has one line for a request, that says what was asked and answered', async () => {
    await post(api, order(), { 'x-request-id': 'accepted' }, '/api/webhook/order.created?secret=canary');
    expect(await linesOf('accepted')).toEqual([
      expect.objectContaining({
        ...{ level: 30, msg: 'request', method: 'POST', path: '/api/webhook/order.created', status: 202 },
        ...{ address: '127.0.0.1', duration_ms: expect.any(Number) as number },
      }),
    ]);
    expect(output.text).not.toContain('canary');
  });

  it('warns of what was refused', async () => {
    await post(api, '{', { 'x-request-id': 'refused' });
    expect(await linesOf('refused')).toEqual([expect.objectContaining({ level: 40, status: 400 })]);
  });

  it('is silent about what is asked all the time, as long as it goes well', async () => {
    for (const path of ['/api/health/live', '/metrics', '/api/metrics', '/api/health'])
      await send(api, path, { headers: { 'x-request-id': 'quiet' } });
    await send(api, '/api/health/nowhere', { headers: { 'x-request-id': 'not-quiet' } });
    await linesOf('not-quiet');
    expect(output.text).not.toContain('"quiet"');
  });

  it('cuts what is too long', async () => {
    await send(api, `/${'x'.repeat(3000)}`, { headers: { 'x-request-id': 'long' } });
    expect((await linesOf('long'))[0]!.path).toHaveLength(256);
  });

  it.each([
    ['DELETE', '/api/devices/canary-token'],
    ['PUT', '/api/devices/canary-token'],
    ['GET', '/api/devices/canary-token?x'],
    ['DELETE', '/api/devices/canary-token/'],
    ['DELETE', '/api/devices/canary-token/more'],
    ['DELETE', '/api/%64evices/canary-token'],
    ['PUT', '/api/%64evices/canary-token'],
    ['GET', 'http://herald.example/api/devices/canary-token'],
    ['GET', '//api/Devices%2Fcanary-token'],
    ['GET', '/nowhere#canary-token'],
  ])('does not know a registration token: %s %.30s', async (method, path) => {
    await sendRaw(
      api,
      `${method} ${path} HTTP/1.1\r\nhost: x\r\nx-request-id: ${method}-${path.length}\r\n\r\n`,
    );
    await linesOf(`${method}-${path.length}`);
    expect(output.text).not.toContain('canary');
  });
});
