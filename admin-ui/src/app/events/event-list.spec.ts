import { manualChangeDetection } from '@angular/cdk/testing';
import type { EventSummary } from '@contract';
import { AppHarness } from '../app.harness';
import { FakeApi, ok, problem } from '../api/testing/fake-api';
import { event, failedEvent, queue } from '../api/testing/samples';
import { type Console, fakeApi, startConsole, until } from '../testing/console';
import { EventListHarness } from './event-list.harness';

const LIST = 'GET /api/admin/events';

describe('the list of events', () => {
  let api: FakeApi;
  let console: Console;
  let page: EventListHarness;

  const serve = (items: EventSummary[], next_cursor: string | null = null) =>
    api.on(LIST, () => ok({ items, next_cursor }));
  const open = async (address = '/events') => {
    console = await startConsole(api, address);
    page = await console.harness(EventListHarness);
  };
  const idsBecome = (...ids: string[]) => until(async () => String(await page.ids()) === String(ids));

  beforeEach(() => {
    localStorage.clear();
    api = fakeApi();
  });

  describe('shows', () => {
    it('the last 20 events with everything an operator wants to know', async () => {
      serve([failedEvent(2), event(1)]);
      await open();

      expect(api.asked(LIST).map(({ params }) => params.toString())).toEqual(['limit=20']);
      expect(await page.ids()).toEqual(['evt_2', 'evt_1']);
      expect(await page.row(0)).toMatchObject({
        status: 'Failed',
        type: 'order.created',
        user: 'user_1',
        age: expect.stringContaining('ago') as unknown,
        error: 'UNREGISTERED The token is no longer valid',
      });
    });

    it('rows to be while the first page is on its way', async () => {
      api.on(LIST, () => 'hang');
      // A harness waits for what is under way, and here that never ends.
      await manualChangeDetection(async () => {
        await open();

        expect(await page.isLoading()).toBe(true);
        expect(await page.problem()).toBeNull();
      });
    });

    it('how to send the first event when there is none', async () => {
      await open();

      expect(await page.emptyState()).toContain('Post a signed webhook');
    });

    it('that nothing matches, and the way out of the filter', async () => {
      await open('/events?event_id=zzz&status=sent');
      expect(await page.emptyState()).toContain('No event matches');

      await page.clickInEmptyState();

      expect(console.address()).toBe('/events');
      expect(await page.searchText()).toBe('');
    });

    it('the way on when a search has not come to its end', async () => {
      serve([], 'further');
      await open('/events?event_id=zzz');
      expect(await page.emptyState()).toContain('Older ones have not been looked at');

      await page.clickInEmptyState();

      expect(console.address()).toBe('/events?event_id=zzz&cursor=further');
    });

    it('what went wrong, with the request id, and tries again when told to', async () => {
      api.on(LIST, () => problem(500, 'internal_error', 'Something broke'));
      await open();
      expect(await page.problem()).toContain('Something broke');
      expect(await page.problem()).toContain('request-1');

      serve([event(1)]);
      await page.tryNow();

      expect(await page.ids()).toEqual(['evt_1']);
      expect(await page.problem()).toBeNull();
    });

    it('that Redis is away, and comes back by itself', async () => {
      api.on(LIST, () => problem(503, 'queue_unavailable', 'Queue unavailable'));
      await open();
      expect(await page.problem()).toContain('Redis is away');

      serve([event(1)]);

      await idsBecome('evt_1');
    });

    it('the figures of the queue', async () => {
      await open();

      expect(await page.figure('queued')).toBe('3');
      expect(await page.figure('failed')).toBe('4');
      expect(await page.figure('oldest')).toBe('1 min');
      expect(await page.figure('workers')).toBe('1');
      expect(await page.linksToFailed()).toBe(true);
    });

    it('a dash for each figure that is not known, and no link on it', async () => {
      api.on('GET /api/admin/queue', () => problem(503, 'queue_unavailable', 'Queue unavailable'));
      await open();

      expect(await page.figure('queued')).toBe('–');
      expect(await page.figure('failed')).toBe('–');
      expect(await page.linksToFailed()).toBe(false);
    });
  });

  describe('filters', () => {
    it('by status through the address', async () => {
      await open();
      await page.toggleStatus('Failed');
      await page.toggleStatus('Queued');

      expect(console.address()).toBe('/events?status=queued&status=failed');
      expect(api.asked(LIST).at(-1)?.params.toString()).toBe('limit=20&status=queued&status=failed');
    });

    it('by the beginning of the id, and starts over at the newest page', async () => {
      await open('/events?cursor=c1');
      await page.searchFor('evt_7');
      await until(() => api.asked(LIST).at(-1)?.params.toString() === 'limit=20&event_id=evt_7');

      expect(console.address()).toBe('/events?event_id=evt_7');
    });

    it('no longer once the search is cleared', async () => {
      await open('/events?event_id=evt_7');
      await page.clearSearch();

      expect(console.address()).toBe('/events');
      expect(await page.isSearchFocused()).toBe(true);
    });

    it('from the address alone', async () => {
      await open('/events?status=retrying&event_id=evt_9&status=nonsense');

      expect(await page.chosenStatuses()).toEqual(['Retrying']);
      expect(await page.searchText()).toBe('evt_9');
      expect(api.asked(LIST)[0]?.params.toString()).toBe('limit=20&status=retrying&event_id=evt_9');
    });
  });

  describe('turns pages', () => {
    const newest = Array.from({ length: 20 }, (_, index) => event(59 - index));

    beforeEach(() => {
      api.on(LIST, ({ params }) => {
        const cursor = params.get('cursor');
        if (cursor === null) return ok({ items: newest, next_cursor: 'c1' });
        return ok({ items: [event(cursor === 'c1' ? 30 : 20)], next_cursor: cursor === 'c1' ? 'c2' : null });
      });
    });

    it('forward and back, with the way in the address', async () => {
      await open();
      await page.turnTo('Next');
      expect(await page.ids()).toEqual(['evt_30']);
      await page.turnTo('Next');
      expect(await page.ids()).toEqual(['evt_20']);
      expect(console.address()).toBe('/events?cursor=c1&cursor=c2');

      await page.turnTo('Previous');
      expect(await page.ids()).toEqual(['evt_30']);
      await page.turnTo('Previous');

      expect(console.address()).toBe('/events');
    });

    it('from a stale page to the newest', async () => {
      await open('/events?cursor=c1&cursor=c2');
      await page.turnTo('Newest');

      expect(console.address()).toBe('/events');
    });

    it('without skipping events that new ones pushed off the page', async () => {
      await open();
      console.live.accept();
      console.live.send('event', event(60));
      await until(async () => (await page.ids())[0] === 'evt_60');
      api.on(LIST, ({ params }) =>
        params.has('cursor')
          ? ok({ items: [event(40)], next_cursor: null })
          : ok({ items: [event(60), ...newest.slice(0, -1)], next_cursor: 'after-the-pushed' }),
      );
      await page.turnTo('Next');

      await until(() => console.address() === '/events?cursor=after-the-pushed');
    });
  });

  describe('lives', () => {
    it('shows a new event at the top and a change where the row stands', async () => {
      serve([event(2), event(1, { status: 'processing' })]);
      await open();
      console.live.accept();
      console.live.send('event', event(3, { status: 'queued' }));
      console.live.send('event', event(1, { status: 'sent' }));
      await idsBecome('evt_3', 'evt_2', 'evt_1');

      expect(await page.statuses()).toEqual(['Queued', 'Sent', 'Sent']);
      expect(api.asked(LIST)).toHaveLength(1);
    });

    it('leaves the first-use page behind when the first event arrives', async () => {
      await open();
      console.live.accept();
      console.live.send('event', event(1));

      await idsBecome('evt_1');
    });

    it('keeps to the filter', async () => {
      serve([failedEvent(1)]);
      await open('/events?status=failed');
      console.live.accept();
      console.live.send('event', event(2));
      console.live.send('event', failedEvent(3));

      await idsBecome('evt_3', 'evt_1');
    });

    it('fills the places of events that left, with one request however many they were', async () => {
      serve([failedEvent(5), failedEvent(4), failedEvent(3)], 'further');
      await open('/events?status=failed');
      console.live.accept();
      serve([failedEvent(3), failedEvent(2), failedEvent(1)], 'further');
      console.live.send('event', event(5, { status: 'queued' }));
      console.live.send('event', event(4, { status: 'queued' }));

      await idsBecome('evt_3', 'evt_2', 'evt_1');
      expect(api.asked(LIST)).toHaveLength(2);
    });

    it('shows the figures as they change', async () => {
      await open();
      console.live.accept();
      console.live.send('queue', { ...queue, failed: 77, workers: [] });

      await until(async () => (await page.figure('failed')) === '77');
      expect(await page.figure('workers')).toBe('0');
    });

    it('says why nothing is sent, and no more when it is again', async () => {
      await open();
      console.live.accept();
      const paused = {
        code: 'NOT_FOUND',
        message: 'No such project',
        since: '2026-11-23T12:00:00.000Z',
      };
      console.live.send('queue', { ...queue, paused });
      await until(async () => /paused.*No such project NOT_FOUND/s.test((await page.pause()) ?? ''));
      console.live.send('queue', queue);
      await until(async () => (await page.pause()) === null);
    });

    it('says that messages wait for FCM’s quota, how many go out, and until when none does', async () => {
      await open();
      console.live.accept();
      const throttled = { since: '2026-11-23T12:00:00.000Z', per_minute: 5500 };
      console.live.send('queue', { ...queue, throttled });
      await until(async () => /throttled.*5500 a minute/s.test((await page.throttle()) ?? ''));
      const stopped = { ...throttled, per_minute: 0, until: '2026-11-23T12:01:00.000Z' };
      console.live.send('queue', { ...queue, throttled: stopped });
      await until(async () => /wait until .*\d\d:01:00/s.test((await page.throttle()) ?? ''));
      console.live.send('queue', queue);
      await until(async () => (await page.throttle()) === null);
    });

    it('says when the stream is lost and asks for everything again when it is back', async () => {
      serve([event(1)]);
      await open();
      console.live.accept();
      console.live.send('queue', queue);
      expect(await page.liveState()).toBe('Live');
      console.live.breakOff();
      expect(await page.liveState()).toBe('Reconnecting');

      serve([event(2), event(1)]);
      console.live.accept();
      console.live.send('queue', queue);

      await idsBecome('evt_2', 'evt_1');
      expect(await page.liveState()).toBe('Live');
    });
  });

  describe('replays', () => {
    const REPLAY = 'POST /api/admin/events/evt_1/replay';

    it('an event and says so, to the eye and to the ear', async () => {
      serve([failedEvent(1)]);
      api.on(REPLAY, () => ok({ status: 'queued', event_id: 'evt_1' }, 202));
      await open();
      const app = await console.harness(AppHarness);
      await page.replay('evt_1');

      expect(await app.snackBar()).toBe('evt_1 is queued again');
      await until(async () => (await app.announced()) === 'evt_1 is queued again');
      expect(api.asked(REPLAY)).toHaveLength(1);
    });

    it.each([
      [404, 'not_found', 'evt_1 is no longer kept'],
      [409, 'not_replayable', 'evt_1 is still under way'],
      [503, 'queue_unavailable', 'evt_1 was not replayed. Redis is away'],
    ] as const)('and explains a %i', async (status, code, words) => {
      serve([failedEvent(1)]);
      api.on(REPLAY, () => problem(status, code, 'No'));
      await open();
      await page.replay('evt_1');

      expect(await (await console.harness(AppHarness)).snackBar()).toContain(words);
    });

    it('an event once however often its button is pressed', async () => {
      serve([failedEvent(1)]);
      api.on(REPLAY, () => ok({ status: 'queued', event_id: 'evt_1' }, 202));
      await open();
      await page.replay('evt_1');
      await page.replay('evt_1');

      expect(api.asked(REPLAY)).toHaveLength(1);
    });

    it('only what is settled', async () => {
      serve([event(2, { status: 'retrying' }), event(1)]);
      await open();

      expect(await page.canReplay('evt_2')).toBe(false);
      expect(await page.canReplay('evt_1')).toBe(true);
    });

    it('an event of another source as such', async () => {
      serve([event(1, { source: 'github' })]);
      await open();
      await page.replay('evt_1');

      expect(api.asked(REPLAY)[0]?.params.toString()).toBe('source=github');
    });
  });

  describe('by keyboard', () => {
    beforeEach(() => serve([event(3), failedEvent(2), event(1, { status: 'queued' })]));

    it('goes to the search with /', async () => {
      await open();
      console.press('/');

      expect(await page.isSearchFocused()).toBe(true);
    });

    it('moves along the rows with j, k and the arrows, and stops at the ends', async () => {
      await open();
      const path: (string | null)[] = [];
      for (const key of ['j', 'ArrowDown', 'j', 'j', 'k', 'ArrowUp', 'k']) {
        console.press(key);
        path.push(await page.focusedId());
      }

      expect(path).toEqual(['evt_3', 'evt_2', 'evt_1', 'evt_1', 'evt_2', 'evt_3', 'evt_3']);
    });

    it('replays the focused row with r', async () => {
      await open();
      console.press('j');
      console.press('j');
      console.press('r');

      expect(api.asked('POST /api/admin/events/evt_2/replay')).toHaveLength(1);
    });

    it('says why the focused row cannot be replayed', async () => {
      await open();
      console.press('k');
      console.press('r');

      expect(await (await console.harness(AppHarness)).snackBar()).toContain('evt_1 is still under way');
    });

    it('leaves the keys to somebody who is typing', async () => {
      await open();
      console.press('/');
      console.press('j');

      expect(await page.isSearchFocused()).toBe(true);
    });

    it('keeps the focus in the row when its button goes, and takes it from nobody', async () => {
      serve([failedEvent(2), failedEvent(1)]);
      await open();
      console.live.accept();
      document.querySelector<HTMLElement>('button[aria-label="Replay evt_2"]')?.focus();
      console.live.send('event', event(2, { status: 'queued' }));
      await until(async () => !(await page.canReplay('evt_2')));
      expect(await page.focusedId()).toBe('evt_2');

      (document.activeElement as HTMLElement).blur();
      console.live.send('event', event(2));
      await until(async () => page.canReplay('evt_2'));
      expect(document.activeElement).toBe(document.body);
    });

    it('goes to the heading when the last row leaves', async () => {
      serve([failedEvent(1)]);
      await open('/events?status=failed');
      console.live.accept();
      console.press('j');
      console.live.send('event', event(1, { status: 'queued' }));
      await until(async () => (await page.emptyState()) !== null);

      expect(document.activeElement?.textContent).toBe('Events');
    });

    it('hands the focus on when the focused row leaves the list', async () => {
      serve([failedEvent(3), failedEvent(2), failedEvent(1)]);
      await open('/events?status=failed');
      console.live.accept();
      console.press('j');
      console.press('j');
      console.live.send('event', event(2, { status: 'queued' }));
      await idsBecome('evt_3', 'evt_1');

      expect(await page.focusedId()).toBe('evt_1');
    });
  });
});
