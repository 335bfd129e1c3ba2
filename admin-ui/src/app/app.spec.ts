import { TestBed } from '@angular/core/testing';
import { type Route, ROUTES } from '@angular/router';
import { AppHarness } from './app.harness';
import { ok, problem } from './api/testing/fake-api';
import { session } from './api/testing/samples';
import { GO } from './load-anew';
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

describe('a page whose file did not come', () => {
  const HEALTH = 'GET /api/health/live';
  let went: string[];
  let words: string;

  beforeEach(() => {
    went = [];
    words = 'Failed to fetch dynamically imported module: http://herald/chunk.js';
    const lost: Route = { path: 'lost', loadChildren: () => Promise.reject(new TypeError(words)) };
    TestBed.configureTestingModule({
      providers: [
        { provide: ROUTES, multi: true, useValue: [lost] },
        { provide: GO, useValue: (address: string) => void went.push(address) },
      ],
    });
  });

  it.each([
    'Failed to fetch dynamically imported module: http://herald/chunk.js',
    'error loading dynamically imported module: http://herald/chunk.js',
    'Importing a module script failed.',
  ])('is loaded anew with the whole console: %s', async (said) => {
    words = said;
    const api = fakeApi().on(HEALTH, () => ok({ ok: true }));
    const console = await startConsole(api, '/events');
    await expect(console.goTo('/lost?a=b')).rejects.toThrow();

    await until(() => went.length > 0);
    expect(went).toEqual(['/lost?a=b']);
  });

  it('is waited for while the server is away: it says so, and another try finds it back', async () => {
    const api = fakeApi().on(HEALTH, () => 'unreachable');
    const console = await startConsole(api, '/events');
    const app = await console.harness(AppHarness);
    await expect(console.goTo('/lost')).rejects.toThrow();
    await until(async () => (await app.snackBar()) !== null);
    expect(await app.snackBar()).toBe('This page could not be loaded. The server does not answer.');
    expect(went).toEqual([]);

    api.on(HEALTH, () => ok({ ok: true }));
    await app.actOnSnackBar();
    await until(() => went.length > 0);
    expect(went).toEqual(['/lost']);
  });

  it('is not loaded again and again when it is the first one', async () => {
    const api = fakeApi().on(HEALTH, () => ok({ ok: true }));
    await expect(startConsole(api, '/lost')).rejects.toThrow();

    await until(() =>
      document.body.textContent.includes('This page could not be loaded. Its file is missing.'),
    );
    expect(went).toEqual([]);
  });

  it('is not blamed on its file when it broke otherwise', async () => {
    const console = await startConsole(fakeApi(), '/events');
    words = 'x is undefined';
    await expect(console.goTo('/lost')).rejects.toThrow();

    expect(console.api.asked(HEALTH)).toEqual([]);
  });
});

describe('single keys', () => {
  let console: Console;

  beforeEach(async () => {
    localStorage.clear();
    console = await startConsole(fakeApi(), '/events');
  });

  it('open one help however often ? is pressed', async () => {
    console.press('?');
    console.press('?');
    await until(() => document.querySelector('herald-shortcut-help') !== null);

    expect(document.querySelectorAll('herald-shortcut-help')).toHaveLength(1);
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
