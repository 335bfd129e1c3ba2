import { FakeApi, ok, problem } from '../api/testing/fake-api';
import { session } from '../api/testing/samples';
import { AppHarness } from '../app.harness';
import { EventListHarness } from '../events/event-list.harness';
import { fakeApi, startConsole, until } from '../testing/console';
import { SignInHarness } from './sign-in.harness';

describe('the sign-in', () => {
  let api: FakeApi;

  beforeEach(() => {
    let known = false;
    api = fakeApi()
      .on('GET /api/admin/session', () =>
        known ? ok(session) : problem(401, 'unauthorized', 'Sign in first'),
      )
      .on('DELETE /api/admin/session', () => {
        known = false;
        return { status: 204 };
      })
      .on('POST /api/admin/session', ({ body }) => {
        known = (body as { token: string }).token === 'the-admin-token';
        return known ? ok(session) : problem(401, 'unauthorized', 'Wrong token');
      });
  });

  it('stands before every page and leads back to the one that was asked for', async () => {
    const console = await startConsole(api, '/events?status=failed');
    expect(console.address()).toBe('/sign-in?return=%2Fevents%3Fstatus%3Dfailed');

    const page = await console.harness(SignInHarness);
    await page.signInWith('  the-admin-token ');
    await until(() => console.address() === '/events?status=failed');

    expect(await (await console.harness(EventListHarness)).chosenStatuses()).toEqual(['Failed']);
    expect(console.live.opened).toBe(1);
  });

  it('explains a wrong token', async () => {
    const console = await startConsole(api, '/sign-in');
    const page = await console.harness(SignInHarness);
    await page.signInWith('wrong');

    expect(await page.refusal()).toContain('not the admin token');
    expect(console.address()).toBe('/sign-in');
  });

  it('does not ask the server about an empty field', async () => {
    const console = await startConsole(api, '/sign-in');
    const page = await console.harness(SignInHarness);
    await page.signInWith(' ');

    expect(await page.refusal()).toContain('Paste the admin token');
    expect(api.asked('POST /api/admin/session')).toEqual([]);
  });

  it('says how long to wait after too many tries', async () => {
    api.on('POST /api/admin/session', () =>
      problem(429, 'rate_limited', 'Rate limit exceeded', { 'retry-after': '42' }),
    );
    const page = await (await startConsole(api, '/sign-in')).harness(SignInHarness);
    await page.signInWith('any');

    expect(await page.refusal()).toContain('Wait 42 s');
  });

  it('says when the server does not answer', async () => {
    api.on('POST /api/admin/session', () => 'unreachable');
    const page = await (await startConsole(api, '/sign-in')).harness(SignInHarness);
    await page.signInWith('any');

    expect(await page.refusal()).toContain('The server does not answer');
  });

  it('shows the token only when asked to', async () => {
    const page = await (await startConsole(api, '/sign-in')).harness(SignInHarness);
    expect(await page.isTokenShown()).toBe(false);
    await page.toggleToken();

    expect(await page.isTokenShown()).toBe(true);
  });

  it('comes back after signing out, and the live stream ends', async () => {
    const console = await startConsole(api, '/sign-in');
    await (await console.harness(SignInHarness)).signInWith('the-admin-token');
    await until(() => console.address() === '/events');
    await (await console.harness(AppHarness)).signOut();
    await until(() => console.address() === '/sign-in');

    expect(console.live.isClosed).toBe(true);
  });

  it('forgets the figures of the session that was', async () => {
    const console = await startConsole(api, '/sign-in');
    await (await console.harness(SignInHarness)).signInWith('the-admin-token');
    await until(() => console.address() === '/events');
    expect(await (await console.harness(EventListHarness)).figure('failed')).toBe('4');
    await (await console.harness(AppHarness)).signOut();
    await until(() => console.address() === '/sign-in');

    api.on('GET /api/admin/queue', () => problem(503, 'queue_unavailable', 'Queue unavailable'));
    await (await console.harness(SignInHarness)).signInWith('the-admin-token');
    await until(() => console.address() === '/events');
    expect(await (await console.harness(EventListHarness)).figure('failed')).toBe('–');
  });

  it('says when it is the session that has ended', async () => {
    const console = await startConsole(api, '/sign-in');
    const page = await console.harness(SignInHarness);
    expect(await page.lead()).not.toContain('has ended');
    await page.signInWith('the-admin-token');
    await until(() => console.address() === '/events');

    api.on('GET /api/admin/events', () => problem(401, 'unauthorized', 'Sign in first'));
    await (await console.harness(EventListHarness)).searchFor('evt');
    await until(() => console.address().startsWith('/sign-in'));
    expect(await (await console.harness(SignInHarness)).lead()).toContain('Your session has ended');
  });

  it('does not pretend to have signed out when the server did not hear of it', async () => {
    const console = await startConsole(
      fakeApi().on('DELETE /api/admin/session', () => 'unreachable'),
      '/events',
    );
    const app = await console.harness(AppHarness);
    await app.signOut();
    await until(async () => (await app.snackBar()) !== null);

    expect(await app.snackBar()).toContain('Still signed in');
    expect(console.address()).toBe('/events');
  });
});
