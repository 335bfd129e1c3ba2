import { useApi } from '../../test/api';
import { send, sendRaw } from '../../test/http';
import { head, order, post } from '../../test/webhooks';

const api = useApi({ RATE_LIMIT: '7', RATE_LIMIT_WINDOW_S: '60' });

describe('the metrics of webhooks', () => {
  it('count every answer by its status, and time it', async () => {
    const event = order();
    await post(api, event);
    await post(api, event);
    await post(api, order(), { 'x-timestamp': 'x' });
    await post(api, order(), { 'x-signature': 'x' });
    await post(api, order(), {}, '/api/webhook/unknown');
    await post(api, order(), { 'content-encoding': 'gzip' });
    await sendRaw(api, `${head({ 'content-length': 9_999_999 })}\r\n`);
    for (let i = 0; i < 3; i += 1) await post(api);
    await send(api, '/api/health/live');
    const { text } = await send(api, '/metrics');
    const counted = [...text.matchAll(/^herald_webhooks_total\{status="(\d+)"\} (\d+)$/gm)];
    expect(Object.fromEntries(counted.map(([, status, count]) => [status, Number(count)]))).toEqual({
      ...{ 202: 1, 200: 1, 400: 1, 401: 1, 404: 1, 413: 1, 415: 1, 429: 3 },
    });
    expect(text).toMatch(/^herald_webhook_seconds_count 10$/m);
    const [, seconds] = /^herald_webhook_seconds_sum ([\d.e-]+)$/m.exec(text)!;
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(Number(seconds)).toBeLessThan(10);
  });
});
