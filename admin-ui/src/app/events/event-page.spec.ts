import { manualChangeDetection } from '@angular/cdk/testing';
import { AppHarness } from '../app.harness';
import { FakeApi, ok, problem } from '../api/testing/fake-api';
import { detail, event, failedEvent } from '../api/testing/samples';
import { type Console, fakeApi, startConsole, until } from '../testing/console';
import { EventPageHarness } from './event-page.harness';

const ONE = 'GET /api/admin/events/evt_1';
const REPLAY = 'POST /api/admin/events/evt_1/replay';

describe('the page of one event', () => {
  let api: FakeApi;
  let console: Console;
  let page: EventPageHarness;

  const open = async (address = '/events/evt_1') => {
    console = await startConsole(api, address);
    page = await console.harness(EventPageHarness);
  };

  beforeEach(() => {
    localStorage.clear();
    api = fakeApi().on(ONE, () => ok(detail(failedEvent(1))));
  });

  it('shows what came in', async () => {
    await open();

    expect(await page.heading()).toBe('evt_1');
    expect(await page.status()).toBe('Failed');
    expect(await page.payload()).toBe('{\n  "event_id": "evt_1",\n  "total": 12.5\n}');
    expect(await page.headers()).toContain('[redacted]');
  });

  it('shows what was tried, newest first', async () => {
    await open();
    const [failed, delivered, received] = await page.history();

    for (const words of [
      'Attempt failed',
      'UNAVAILABLE',
      'Try later',
      'topic orders',
      '38 ms',
      'not counted',
    ]) {
      expect(failed).toContain(words);
    }
    expect(delivered).toContain('Delivered');
    expect(delivered).toContain('dry run');
    expect(received).toContain('Received');
  });

  it('leads back to the list as it was, with its filter and page', async () => {
    const list = '/events?status=failed&event_id=evt&cursor=c1&cursor=c2';
    console = await startConsole(api, list);
    await console.goTo('/events/evt_1');
    const back = () => document.querySelector<HTMLAnchorElement>('.back');
    back()?.click();
    await until(() => console.address() === list);

    await console.goTo('/events');
    await console.goTo('/events/evt_1');
    expect(back()?.getAttribute('href')).toBe('/events');
  });

  it('asks for an event of another source as such', async () => {
    await open('/events/evt_1?source=github');

    expect(api.asked(ONE)[0]?.params.toString()).toBe('source=github');
  });

  it('has no link to nobody’s devices', async () => {
    api.on(ONE, () => ok(detail(event(1, { user_id: '' }))));
    await open();

    expect(document.querySelector('.facts a')).toBeNull();
  });

  it('leads to the sign-in when the session has ended, and says that nothing was replayed', async () => {
    api.on(REPLAY, () => problem(401, 'unauthorized', 'Sign in, or send the right bearer token'));
    await open();
    console.press('r');
    await until(() => console.address() === '/sign-in?return=%2Fevents%2Fevt_1');

    expect(await (await console.harness(AppHarness)).snackBar()).toBe(
      'evt_1 was not replayed. Your session has ended: Sign in again to go on.',
    );
  });

  it('shows a place held while it loads', async () => {
    api.on(ONE, () => 'hang');
    // A harness waits for what is under way, and here that never ends.
    await manualChangeDetection(async () => {
      await open();

      expect(await page.isLoading()).toBe(true);
      expect(await page.heading()).toBe('evt_1');
    });
  });

  it('says when there is no such event', async () => {
    api.on(ONE, () => problem(404, 'not_found', 'No such event'));
    await open();

    expect(await page.emptyState()).toContain('older than what is kept');
    expect(await page.problem()).toBeNull();
  });

  it('says that Redis is away, and comes back by itself', async () => {
    api.on(ONE, () => problem(503, 'queue_unavailable', 'Queue unavailable'));
    await open();
    expect(await page.problem()).toContain('Redis is away');

    api.on(ONE, () => ok(detail(event(1))));

    await until(async () => (await page.problem()) === null);
    expect(await page.status()).toBe('Sent');
  });

  it('replays with r and says so', async () => {
    api.on(REPLAY, () => ok({ status: 'queued', event_id: 'evt_1' }, 202));
    await open();
    console.press('r');
    const app = await console.harness(AppHarness);

    expect(await app.snackBar()).toBe('evt_1 is queued again');
    await until(async () => (await app.announced()) === 'evt_1 is queued again');
  });

  it('replays with its button', async () => {
    api.on(REPLAY, () => ok({ status: 'queued', event_id: 'evt_1' }, 202));
    await open();
    await page.replay();

    expect(api.asked(REPLAY)).toHaveLength(1);
  });

  it('replays once however often one presses, until the page shows what became of it', async () => {
    api.on(REPLAY, () => ok({ status: 'queued', event_id: 'evt_1' }, 202));
    await open();
    console.live.accept();
    console.press('r');
    await until(async () => !(await page.canReplay()));
    console.press('r');
    await page.replay();
    expect(api.asked(REPLAY)).toHaveLength(1);

    const again = event(9, { event_id: 'evt_1' });
    api.on(ONE, () => ok(detail(again)));
    console.live.send('event', again);
    await until(async () => (await page.status()) === 'Sent' && (await page.canReplay()));
    await page.replay();
    expect(api.asked(REPLAY)).toHaveLength(2);
  });

  it('names the state that was seen, so that two tabs that show the same replay it once', async () => {
    await open();
    await page.replay();

    const key = `console:${failedEvent(1).updated_at}`;
    expect(api.asked(REPLAY)[0]?.headers.get('Idempotency-Key')).toBe(key);
  });

  it('can be tried again at once when it was not replayed', async () => {
    api.on(REPLAY, () => problem(503, 'queue_unavailable', 'Queue unavailable'));
    await open();
    await page.replay();
    await page.replay();

    expect(api.asked(REPLAY)).toHaveLength(2);
  });

  it('does not offer a replay while the event is under way', async () => {
    api.on(ONE, () => ok(detail(event(1, { status: 'retrying' }))));
    await open();

    expect(await page.canReplay()).toBe(false);
  });

  it('follows its event live, and no other', async () => {
    await open();
    console.live.accept();
    api.on(ONE, () => ok(detail(event(1, { status: 'sent' }))));
    console.live.send('event', event(2));
    console.live.send('event', event(1, { source: 'github' }));
    console.live.send('event', event(1, { status: 'sent' }));

    await until(async () => (await page.status()) === 'Sent');
    expect(api.asked(ONE)).toHaveLength(2);
  });
});
