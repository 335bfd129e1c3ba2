import { startApi, useApi } from '../../test/api';
import { send } from '../../test/http';
import { useOutput } from '../../test/output';
import { until } from '../../test/until';

const output = useOutput();

describe('without an admin token', () => {
  const api = useApi({ ADMIN_TOKEN: '', LOG_LEVEL: 'info' });

  it('one is made up and told once, in the log', async () => {
    const { adminToken } = api.config.access;
    const told = await until(() => {
      const lines = output.lines().filter(({ msg }) => String(msg).includes(adminToken));
      return lines.length > 0 && lines;
    });
    expect(told).toEqual([expect.objectContaining({ level: 40, context: 'Access' })]);
    const headers = { authorization: `Bearer ${adminToken}` };
    expect((await send(api, '/api/admin/queue', { headers })).status).toBe(200);
  });
});

describe('with an admin token', () => {
  it('nobody is told it', async () => {
    const token = 'a-given-admin-token-canary';
    const api = await startApi({ ADMIN_TOKEN: token, LOG_LEVEL: 'trace' });
    await api.app.close();
    expect(output.lines().length).toBeGreaterThan(1);
    expect(output.text).not.toContain('canary');
  });
});

describe('without a metrics token', () => {
  const api = useApi();

  it("metrics are anybody's", async () => {
    for (const path of ['/metrics', '/api/metrics']) expect((await send(api, path)).status).toBe(200);
  });
});
