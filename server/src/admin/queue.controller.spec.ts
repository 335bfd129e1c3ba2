import { ask } from '../../test/admin';
import { useApi } from '../../test/api';
import { newEvent, newWorker } from '../../test/builders';
import { expectProblem, send } from '../../test/http';
import type { QueueSnapshot } from '../contract';
import { Queue } from '../queue/queue';
import { Workers } from '../queue/workers';

const QUEUE = '/api/admin/queue';
const api = useApi();

it('shows an empty queue', async () => {
  expect(await ask(api, QUEUE)).toMatchObject({
    status: 200,
    body: { queued: 0, processing: 0, retrying: 0, failed: 0, oldest_age_ms: 0, workers: [] },
  });
});

it('shows what waits, how long the oldest has waited, and who works', async () => {
  await api.app.get(Queue).enqueue(newEvent());
  const worker = newWorker({ seen_at: new Date().toISOString(), in_flight: 3 });
  await api.app.get(Workers).signOfLife(worker);
  const { body } = await ask(api, QUEUE);
  expect(body).toEqual({
    ...{ queued: 1, processing: 0, retrying: 0, failed: 0 },
    oldest_age_ms: expect.any(Number),
    workers: [worker],
  });
  expect((body as QueueSnapshot).oldest_age_ms).toBeGreaterThanOrEqual(0);
});

it('is for operators only', async () => {
  expectProblem(await send(api, QUEUE), 'unauthorized');
});
