import { AppHarness } from './app.harness';
import { ok, problem } from './api/testing/fake-api';
import { session } from './api/testing/samples';
import { type Console, fakeApi, startConsole, until } from './testing/console';

describe('the frame', () => {
  it.each([
    ['dry_run', 'Dry run: nothing leaves this machine'],
    ['validate', 'Validate only: FCM checks, nobody is notified'],
    ['live', null],
  ])('with delivery mode %s says %s', async (delivery_mode, words) => {
    const api = fakeApi().on('GET /api/admin/session', () => ok({ ...session, delivery_mode }));
    const bar = await (await startConsole(api, '/events')).harness(AppHarness);

    expect(await bar.mode()).toBe(words);
  });

  it('goes to the sign-in when any answer is a 401, and knows the way back', async () => {
    const api = fakeApi().on('GET /api/admin/events', () => problem(401, 'unauthorized', 'Session expired'));
    const console = await startConsole(api, '/events?status=sent');
    await until(() => console.address() === '/sign-in?return=%2Fevents%3Fstatus%3Dsent');
  });

  it('shows the page, not the sign-in, when the server cannot say who we are', async () => {
    const api = fakeApi().on('GET /api/admin/session', () =>
      problem(503, 'queue_unavailable', 'Redis is away'),
    );
    const console = await startConsole(api, '/events');

    expect(console.address()).toBe('/events');
    expect(console.live.opened).toBe(1);
  });

  it('learns the mode once the server is back', async () => {
    const api = fakeApi().on('GET /api/admin/session', () => 'unreachable');
    const console = await startConsole(api, '/events');
    api.on('GET /api/admin/session', () => ok({ ...session, delivery_mode: 'dry_run' }));
    console.live.accept();
    const bar = await console.harness(AppHarness);

    await until(async () => (await bar.mode()) !== null);
  });

  it('gives each page its title and moves the focus to its heading', async () => {
    const api = fakeApi().on('GET /api/admin/events/evt_1', () => problem(404, 'not_found', 'No such event'));
    const console = await startConsole(api, '/events');
    expect(document.title).toBe('Events · Herald');

    await console.goTo('/events/evt_1');

    expect(document.title).toBe('evt_1 · Herald');
    await until(() => document.activeElement?.tagName === 'H1');
    expect(document.activeElement?.textContent).toBe('evt_1');
  });

  it('skips to the content', async () => {
    await startConsole(fakeApi(), '/events');
    document.querySelector<HTMLElement>('.skip')?.click();

    expect(document.activeElement?.id).toBe('content');
  });

  it('leads an unknown address to the events', async () => {
    expect((await startConsole(fakeApi(), '/nowhere')).address()).toBe('/events');
  });
});

describe('single keys', () => {
  let console: Console;

  beforeEach(async () => {
    localStorage.clear();
    console = await startConsole(fakeApi(), '/events');
  });

  it('open the help with ?, where they can be switched off', async () => {
    console.press('?');
    await until(() => document.querySelector('herald-shortcut-help') !== null);
    document.querySelector<HTMLElement>('herald-shortcut-help input')?.click();
    document.querySelector<HTMLElement>('herald-shortcut-help button')?.click();
    await until(() => document.querySelector('herald-shortcut-help') === null);

    console.press('/');

    expect(document.activeElement?.tagName).not.toBe('INPUT');
    expect(localStorage.getItem('herald.shortcuts')).toBe('off');
  });
});
