import { HttpBackend, provideHttpClient } from '@angular/common/http';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { jest } from '@jest/globals';
import type { EventSummary } from '@contract';
import { until } from '../testing/console';
import { EVENT_SOURCE, Live } from './live';
import { FakeApi, ok, problem } from './testing/fake-api';
import { FakeLive } from './testing/fake-live';
import { event, queue, session } from './testing/samples';

describe('the live stream', () => {
  let server: FakeLive;
  let api: FakeApi;
  let live: Live;
  let batches: EventSummary[][];
  let resumed: number;

  beforeEach(() => {
    server = new FakeLive();
    api = new FakeApi().on('GET /api/admin/session', () => ok(session));
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideRouter([{ path: 'sign-in', children: [] }]),
        { provide: HttpBackend, useValue: api },
        { provide: EVENT_SOURCE, useValue: server.open },
      ],
    });
    live = TestBed.inject(Live);
    batches = [];
    resumed = 0;
    live.changes.subscribe((events) => batches.push(events));
    live.resumed.subscribe(() => resumed++);
    live.connect();
  });

  it('collects a burst and hands on the latest state of each event, once', async () => {
    server.accept();
    for (let n = 0; n < 1_000; n++) server.send('event', event(n % 10, { attempts: n }));

    expect(batches).toEqual([]);
    await until(() => batches.length > 0);

    expect(batches).toHaveLength(1);
    expect(batches[0]?.map(({ attempts }) => attempts)).toEqual([
      990, 991, 992, 993, 994, 995, 996, 997, 998, 999,
    ]);
  });

  it('keeps the latest figures of the queue', async () => {
    server.accept();
    server.send('queue', { ...queue, queued: 8 });
    server.send('queue', { ...queue, queued: 9 });

    await until(() => live.queue() !== null);

    expect(live.queue()?.queued).toBe(9);
  });

  it('says when it has lost the connection, and when it is back after a gap', () => {
    expect(live.state()).toBe('connecting');
    server.accept();
    expect(live.state()).toBe('connecting');
    server.send('queue', queue);
    expect(live.state()).toBe('live');
    expect(resumed).toBe(0);

    server.breakOff();
    expect(live.state()).toBe('reconnecting');
    server.accept();
    expect(resumed).toBe(0);
    server.send('queue', queue);

    expect(live.state()).toBe('live');
    expect(resumed).toBe(1);
    expect(server.opened).toBe(1);
  });

  it('says when the open stream has fallen silent, and when there is news again', () => {
    jest.useFakeTimers();
    try {
      server.accept();
      jest.advanceTimersByTime(4_000);
      server.send('queue', queue);
      jest.advanceTimersByTime(4_999);
      expect(live.state()).toBe('live');
      jest.advanceTimersByTime(1);
      expect(live.state()).toBe('silent');
      expect(resumed).toBe(0);
      server.send('queue', queue);
      expect(live.state()).toBe('live');
      expect(resumed).toBe(1);

      server.breakOff();
      jest.advanceTimersByTime(60_000);
      expect(live.state()).toBe('reconnecting');
    } finally {
      jest.useRealTimers();
    }
  });

  it('is not live while the stream that opened brings nothing', () => {
    jest.useFakeTimers();
    try {
      server.accept();
      jest.advanceTimersByTime(4_999);
      expect(live.state()).toBe('connecting');
      jest.advanceTimersByTime(1);
      expect(live.state()).toBe('silent');
    } finally {
      jest.useRealTimers();
    }
  });

  it('opens the stream anew when the link is dead, again and again until it is not', async () => {
    jest.useFakeTimers();
    try {
      server.accept();
      server.send('queue', queue);
      await jest.advanceTimersByTimeAsync(14_999);
      expect(server.isClosed).toBe(false);
      await jest.advanceTimersByTimeAsync(1_001);
      expect(server.opened).toBe(2);

      // Neither the new stream nor the question who we are is answered.
      api.on('GET /api/admin/session', () => 'hang');
      await jest.advanceTimersByTimeAsync(30_000);
      expect(server.opened).toBe(3);
      expect(live.state()).toBe('silent');
      expect(resumed).toBe(0);

      server.accept();
      server.send('queue', queue);
      expect(live.state()).toBe('live');
      expect(resumed).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not wait for ever for a connection that is never answered', async () => {
    jest.useFakeTimers();
    try {
      live.disconnect();
      live.connect();
      expect(server.opened).toBe(2);
      await jest.advanceTimersByTimeAsync(16_000);
      expect(server.opened).toBe(3);
      expect(live.state()).toBe('reconnecting');
    } finally {
      jest.useRealTimers();
    }
  });

  it('opens the stream anew when the browser has given up', async () => {
    server.accept();
    server.refuse();

    await until(() => server.opened === 2);
    server.accept();
    server.send('queue', queue);

    expect(live.state()).toBe('live');
    expect(resumed).toBe(1);
  });

  it('does not go on knocking once the session is over', async () => {
    api.on('GET /api/admin/session', () => problem(401, 'unauthorized', 'Sign in first'));
    server.refuse();

    await until(() => TestBed.inject(Router).url.startsWith('/sign-in'));

    expect(server.opened).toBe(1);
  });

  describe('in a tab that nobody sees', () => {
    const look = (state: 'hidden' | 'visible') => {
      jest.spyOn(document, 'hidden', 'get').mockReturnValue(state === 'hidden');
      document.dispatchEvent(new Event('visibilitychange'));
    };

    beforeEach(() => {
      jest.useFakeTimers();
      server.accept();
      server.send('queue', queue);
    });
    afterEach(() => {
      jest.useRealTimers();
      jest.restoreAllMocks();
    });

    it('is closed, and open again as after a gap once somebody looks', () => {
      look('hidden');
      jest.advanceTimersByTime(4_999);
      expect(server.isClosed).toBe(false);
      jest.advanceTimersByTime(1);
      expect(server.isClosed).toBe(true);

      look('visible');
      expect(server.opened).toBe(2);
      server.accept();
      server.send('queue', queue);
      expect(live.state()).toBe('live');
      expect(resumed).toBe(1);
    });

    it('stays open for a quick look away', () => {
      look('hidden');
      jest.advanceTimersByTime(3_000);
      look('visible');
      jest.advanceTimersByTime(3_000);

      expect(server.isClosed).toBe(false);
      expect(server.opened).toBe(1);
    });

    it('is not opened before somebody looks, and not at all when nobody is signed in any more', () => {
      live.disconnect();
      look('hidden');
      live.connect();
      expect(server.opened).toBe(1);
      look('visible');
      expect(server.opened).toBe(2);

      live.disconnect();
      look('hidden');
      look('visible');
      expect(server.opened).toBe(2);
    });
  });

  it('lets go of the connection on disconnect', () => {
    server.accept();
    live.disconnect();

    expect(server.isClosed).toBe(true);
    expect(live.state()).toBe('connecting');
  });
});
