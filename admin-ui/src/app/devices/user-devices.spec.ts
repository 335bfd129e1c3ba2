import { manualChangeDetection } from '@angular/cdk/testing';
import { DEVICE_STATES, type DeviceInfo } from '@contract';
import { AppHarness } from '../app.harness';
import { FakeApi, ok, problem } from '../api/testing/fake-api';
import { device, prunedDevice, quarantinedDevice } from '../api/testing/samples';
import { type Console, fakeApi, startConsole, until } from '../testing/console';
import { DEVICE_LOOKS } from './device-looks';
import { UserDevicesHarness } from './user-devices.harness';

const LIST = 'GET /api/admin/users/ada%2F1/devices';
const RESTORE = 'POST /api/admin/users/ada%2F1/devices/00000000000000a2/restore';
const ADDRESS = '/devices?user_id=ada%2F1';

describe('the devices of a user', () => {
  let api: FakeApi;
  let console: Console;
  let page: UserDevicesHarness;

  const serve = (items: DeviceInfo[], over: object = {}) =>
    api.on(LIST, () =>
      ok({
        user_id: 'ada/1',
        items,
        next_cursor: null,
        total: items.length,
        pruning_stopped_at: null,
        quarantine_stopped_at: null,
        ...over,
      }),
    );
  const open = async (address = ADDRESS) => {
    console = await startConsole(api, address);
    page = await console.harness(UserDevicesHarness);
  };

  beforeEach(() => {
    localStorage.clear();
    api = fakeApi();
  });

  it('are shown with everything an operator wants to know', async () => {
    serve([
      device('a1', { last_result: { code: 'UNAVAILABLE', at: '2026-11-23T11:00:00.000Z' } }),
      prunedDevice('a2'),
      quarantinedDevice('a4'),
      device('a3', { platform: null, app_version: null, locale: null, time_zone: null, last_result: null }),
    ]);
    await open();
    const [first, pruned, quarantined, bare] = await page.rows();

    expect(first).toMatchObject({
      state: 'Active',
      device: '…tok-a1',
      platform: 'Android',
      version: '4.2.0',
      locale: 'de-CH Europe/Zurich',
      seen: expect.stringContaining('ago') as unknown,
      result: expect.stringMatching(/^UNAVAILABLE.+ago$/) as unknown,
      restore: '',
    });
    expect(pruned).toMatchObject({ state: 'Pruned', restore: 'Restore' });
    expect(quarantined).toMatchObject({ state: 'Quarantined', restore: 'Restore' });
    expect(bare).toMatchObject({ platform: '', version: '', locale: '', result: 'Nothing sent yet' });
    expect(await page.count()).toBe('4 devices of ada/1');
    expect(document.title).toBe('ada/1 · Devices · Herald');
  });

  it('say when they are shared, and when they have an installation id', async () => {
    serve([device('a1', { shared: true, kind: 'fid' })]);
    await open();

    expect((await page.rows())[0]?.['device']).toBe('…tok-a1 FID shared');
    expect(await page.count()).toBe('1 device of ada/1');
  });

  it('have a look of its own for each state', () => {
    expect(Object.keys(DEVICE_LOOKS)).toEqual([...DEVICE_STATES]);
    expect(new Set(Object.values(DEVICE_LOOKS).map(({ icon }) => icon)).size).toBe(DEVICE_STATES.length);
  });

  it('are found by the id of the user, which is in the address', async () => {
    serve([device('a1')]);
    await open('/devices');
    expect(await page.emptyState()).toContain('Whose devices?');
    expect(api.asked(LIST)).toEqual([]);

    await page.search(' ada/1 ');

    await until(async () => (await page.rows()).length === 1);
    expect(console.address()).toBe('/devices?user_id=ada%2F1');
    expect(await page.searchText()).toBe('ada/1');
  });

  it('are asked for anew when the same user is searched for again', async () => {
    serve([]);
    await open();
    serve([device('a1')]);
    await page.search('ada/1');

    await until(async () => (await page.rows()).length === 1);
  });

  it('are looked for with /', async () => {
    await open('/devices');
    console.press('/');

    expect(document.activeElement?.tagName).toBe('INPUT');
  });

  it('are said to be none when there is none', async () => {
    serve([]);
    await open();

    expect(await page.emptyState()).toContain('No device of this user is known');
    expect(await page.count()).toBeNull();
  });

  it('have their places held while they load', async () => {
    api.on(LIST, () => 'hang');
    // A harness waits for what is under way, and here that never ends.
    await manualChangeDetection(async () => {
      await open();

      expect(await page.isLoading()).toBe(true);
    });
  });

  it('come back by themselves after Redis was away', async () => {
    api.on(LIST, () => problem(503, 'queue_unavailable', 'Queue unavailable'));
    await open();
    expect(await page.problem()).toContain('Redis is away');

    serve([device('a1')]);

    await until(async () => (await page.problem()) === null);
    expect(await page.rows()).toHaveLength(1);
  });

  it('of somebody else are not shown under the new name while those load', async () => {
    serve([device('a1')]);
    await open();
    api.on('GET /api/admin/users/bob/devices', () => problem(500, 'internal_error', 'No'));
    await page.search('bob');

    await until(async () => (await page.problem()) !== null);
    expect(await page.rows()).toEqual([]);
  });

  it('come in pages', async () => {
    serve([device('a1')], { total: 51, next_cursor: 'c1' });
    await open();
    serve([device('a4')], { total: 51 });
    await page.next();

    await until(async () => (await page.rows())[0]?.['device'] === '…tok-a4');
    expect(console.address()).toBe('/devices?user_id=ada%2F1&cursor=c1');
    expect(api.asked(LIST).map(({ params }) => params.toString())).toEqual([
      'limit=50',
      'limit=50&cursor=c1',
    ]);
    await page.previous();
    await until(() => console.address() === '/devices?user_id=ada%2F1');
  });

  it('that are pruned can be restored', async () => {
    serve([prunedDevice('a2')]);
    api.on(RESTORE, () => {
      serve([device('a2')]);
      return ok({ status: 'restored' });
    });
    await open();
    document.querySelector<HTMLElement>('td button')?.focus();
    await page.restore();
    const app = await console.harness(AppHarness);

    await until(async () => (await page.rows())[0]?.['state'] === 'Active');
    expect(document.activeElement?.getAttribute('data-token-hash')).toBe('00000000000000a2');
    expect(await app.snackBar()).toBe('…tok-a2 is in use again');
  });

  it('that belong to somebody else by now are not restored, and it says so', async () => {
    serve([prunedDevice('a2')]);
    api.on(RESTORE, () => problem(404, 'not_found', 'There is no such device'));
    await open();
    serve([]);
    await page.restore();

    expect(await (await console.harness(AppHarness)).snackBar()).toContain('belongs to somebody else');
    await until(async () => (await page.emptyState()) !== null);
  });

  it('tell when nothing is pruned any more, and why', async () => {
    serve([device('a1')], { pruning_stopped_at: '2026-11-23T11:00:00.000Z' });
    await open();

    expect(await page.stopped()).toContain('No token is pruned since');
  });

  it('tell when nothing is quarantined any more, and why', async () => {
    serve([device('a1')], { quarantine_stopped_at: '2026-11-23T11:00:00.000Z' });
    await open();

    expect(await page.stopped()).toContain('No token is quarantined since');
  });
});
