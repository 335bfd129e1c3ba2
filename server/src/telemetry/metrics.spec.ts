import { Metrics } from './metrics';

it('counts apart from the metrics of any other process', async () => {
  const [mine, other] = [new Metrics(), new Metrics()];
  mine.webhooks.inc({ status: '202' });
  expect(await mine.registry.metrics()).toContain('herald_webhooks_total{status="202"} 1');
  expect(await other.registry.metrics()).not.toContain('herald_webhooks_total{');
});

it("asks for the queue's figures only when somebody reads them, and shows those of now", async () => {
  const metrics = new Metrics();
  const answers: Record<string, number>[] = [{ queued: 2, sent: 5 }, { queued: 0 }];
  let asked = 0;
  metrics.readQueueFrom(async () => answers[asked++]!);
  expect(asked).toBe(0);
  const first = await metrics.registry.metrics();
  expect(first).toContain('herald_events{status="queued"} 2');
  expect(first).toContain('herald_events{status="sent"} 5');
  const second = await metrics.registry.metrics();
  expect(second).toContain('herald_events{status="queued"} 0');
  expect(second).not.toContain('herald_events{status="sent"}');
});

it("shows the process' own metrics also while the queue cannot be asked", async () => {
  const metrics = new Metrics();
  metrics.readQueueFrom(() => Promise.reject(new Error('Connection is closed.')));
  const text = await metrics.registry.metrics();
  expect(text).toContain('nodejs_eventloop_lag_seconds');
  expect(text).not.toContain('herald_events{');
});
