import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '../../test/api';
import { send } from '../../test/http';
import { post } from '../../test/webhooks';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-messages-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function fileWith(text: string): Promise<string> {
  const path = join(dir, 'messages.yaml');
  await writeFile(path, text);
  return path;
}

describe('MESSAGES_FILE', () => {
  it('defines event types from the start', async () => {
    const api = await startApi({ MESSAGES_FILE: await fileWith('a.b:\n  title: A\n  body: B\n') });
    try {
      expect((await post(api, { event_id: 'e' }, {}, '/api/webhook/a.b')).status).toBe(202);
      expect((await send(api, '/api/health')).status).toBe(200);
    } finally {
      await api.app.close();
    }
  });
});
