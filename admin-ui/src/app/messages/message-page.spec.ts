import type { MessageDetail, MessagePreview } from '@contract';
import { FakeApi, ok, problem } from '../api/testing/fake-api';
import { type Console, fakeApi, startConsole, until } from '../testing/console';
import { MessagePageHarness } from './message-page.harness';

const TYPE = 'order.shipped';
const ONE = `GET /api/admin/messages/${TYPE}`;
const VERSIONS = `GET /api/admin/messages/${TYPE}/versions`;
const SAVE = `PUT /api/admin/messages/${TYPE}`;
const PREVIEW = `POST /api/admin/messages/${TYPE}/preview`;
const AT = '2026-11-23T11:00:00.000Z';
const DEFINITION = { title: 'On its way', body: 'Order {{ order_id }}' };

const detail = (over: Partial<MessageDetail> = {}): MessageDetail => ({
  event_type: TYPE,
  origin: 'redis',
  version: 7,
  updated_at: AT,
  target: 'user',
  definition: DEFINITION,
  ...over,
});
const shown = (value: unknown) => JSON.stringify(value, null, 2);
const focusedText = () => document.activeElement?.textContent.trim();
const refused = (...details: { field: string; message: string }[]) => ({
  status: 400,
  body: { error: 'No', code: 'invalid_payload', request_id: 'r', details },
});

describe('the definition of an event type', () => {
  let api: FakeApi;
  let console: Console;
  let page: MessagePageHarness;

  const serve = (one: MessageDetail) =>
    api
      .on(ONE, () => ok(one))
      .on(VERSIONS, () =>
        ok({
          event_type: TYPE,
          items: [
            { version: 7, updated_at: AT, definition: one.definition },
            { version: 5, updated_at: AT, definition: { title: 'Before', body: 'B' } },
            { version: 3, updated_at: AT, definition: null },
          ],
        }),
      );
  const open = async () => {
    console = await startConsole(api, `/messages/${TYPE}`);
    page = await console.harness(MessagePageHarness);
  };

  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    api = fakeApi();
    serve(detail());
  });

  it('is shown with where it comes from, and can be saved once it is changed', async () => {
    await open();
    expect(await page.facts()).toMatch(/^Stored\s+· version 7 · changed .+ ago$/);
    expect(await page.text()).toBe(shown(DEFINITION));
    expect(document.title).toBe(`${TYPE} · Messages · Herald`);
    expect(await page.canSave()).toBe(false);

    await page.write(shown({ ...DEFINITION, title: 'Changed' }));
    api.on(SAVE, () => {
      serve(detail({ version: 8, definition: { ...DEFINITION, title: 'Changed' } }));
      return ok(detail({ version: 8 }));
    });
    await page.press('Save');

    await until(async () => ((await page.facts()) ?? '').includes('version 8'));
    const [request] = api.asked(SAVE);
    expect(request?.body).toEqual({ ...DEFINITION, title: 'Changed' });
    expect(request?.headers.get('If-Match')).toBe('"7"');
    expect(await page.canSave()).toBe(false);
  });

  it('of a type that nobody has defined begins with a draft', async () => {
    api.on(ONE, () => problem(404, 'not_found', 'None'));
    api.on(VERSIONS, () => ok({ event_type: TYPE, items: [] }));
    await open();
    expect(await page.facts()).toBe('Not defined yet');
    expect(await page.problem()).toBeNull();
    api.on(SAVE, () => refused({ field: 'title', message: 'is empty' }));
    await page.press('Save');
    expect(api.asked(SAVE)[0]?.headers.get('If-None-Match')).toBe('*');
    expect(await page.problems()).toEqual(['Line 2 title: is empty']);
  });

  it('that is built in is stored only while none is', async () => {
    serve(detail({ origin: 'built_in', version: null, updated_at: null }));
    await open();
    expect(await page.facts()).toBe('Built in');
    await page.write(shown({ title: 'A', body: 'B' }));
    api.on(SAVE, () => ok(detail()));
    await page.press('Save');
    expect(api.asked(SAVE)[0]?.headers.get('If-None-Match')).toBe('*');
  });

  it('has what is wrong shown at its line, and one is led there', async () => {
    await open();
    await page.write(shown({ title: 'A', locales: { de: { body: '{{' } }, body: 'B' }));
    api.on(SAVE, () => refused({ field: 'locales.de.body', message: 'line 1, column 1: not closed' }));
    await page.press('Save');
    expect(await page.problems()).toEqual(['Line 5 locales.de.body: line 1, column 1: not closed']);

    await page.press('Line 5');
    const editor = document.activeElement as HTMLTextAreaElement;
    expect(editor.value.slice(editor.selectionStart, editor.selectionEnd)).toBe('      "body": "{{"');
  });

  it('that is no JSON is not even sent', async () => {
    await open();
    await page.write('{\n  "title": "A",\n}');
    await page.press('Save');
    expect(await page.problems()).toEqual([expect.stringMatching(/^Line 3 No JSON: /)]);
    expect(api.asked(SAVE)).toEqual([]);
  });

  describe('that somebody else has changed meanwhile', () => {
    const theirs = { title: 'Theirs', body: 'B' };

    beforeEach(async () => {
      await open();
      await page.write(shown({ title: 'Mine', body: 'B' }));
      api.on(SAVE, () => problem(412, 'version_conflict', 'Changed'));
      await page.press('Save');
      serve(detail({ version: 9, definition: theirs }));
    });

    it('is said to be, and mine is kept', async () => {
      expect(await page.question()).toContain('Somebody else has changed it');
      expect(await page.text()).toContain('Mine');
    });

    it('can be taken', async () => {
      await page.press('Take theirs');
      await until(async () => (await page.text()) === shown(theirs));
      expect(await page.question()).toBeNull();
      expect(document.activeElement?.tagName).toBe('TEXTAREA');
    });

    it('can be overwritten, as what it is now', async () => {
      api
        .on(VERSIONS, () =>
          ok({ event_type: TYPE, items: [{ version: 9, updated_at: AT, definition: theirs }] }),
        )
        .on(SAVE, () => ok(detail({ version: 10 })));
      await page.press('Save mine over it');
      await until(async () => (await page.question()) === null);
      expect(api.asked(SAVE).at(-1)?.headers.get('If-Match')).toBe('"9"');
      expect(api.asked(SAVE).at(-1)?.body).toEqual({ title: 'Mine', body: 'B' });
    });
  });

  describe('that is not saved yet', () => {
    const mine = shown({ title: 'Mine', body: 'B' });
    const choose = async (answer: string) => {
      const buttons = () => [...document.querySelectorAll<HTMLElement>('herald-leave-question button')];
      await until(() => document.querySelector('herald-leave-question .mono')?.textContent === TYPE);
      buttons()
        .find((button) => button.textContent.trim() === answer)
        ?.click();
      await until(() => buttons().length === 0);
    };
    const closeTab = () => {
      const closing = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(closing);
      return closing.defaultPrevented ? 'asked' : 'closed';
    };

    it('is not given up before one says so', async () => {
      await open();
      await page.write(mine);
      const leaving = console.goTo('/messages');
      await choose('Stay');
      await leaving;
      expect(console.address()).toBe(`/messages/${TYPE}`);
      expect(await page.text()).toBe(mine);

      const leavingAgain = console.goTo('/messages');
      await choose('Discard it');
      await leavingAgain;
      expect(console.address()).toBe('/messages');
      await console.goTo(`/messages/${TYPE}`);
      expect(await (await console.harness(MessagePageHarness)).text()).toBe(shown(DEFINITION));
    });

    it('has the browser ask before its tab is closed; a saved one does not', async () => {
      await open();
      expect(closeTab()).toBe('closed');
      await page.write(mine);
      expect(closeTab()).toBe('asked');
      await page.write(shown(DEFINITION));
      expect(closeTab()).toBe('closed');

      await page.write(mine);
      api.on(SAVE, () => ok(detail({ version: 8 })));
      await page.press('Save');
      expect(closeTab()).toBe('closed');
      await console.goTo('/messages');
      expect(console.address()).toBe('/messages');
    });

    it('outlives the end of the session, and is saved over the version it was begun on', async () => {
      await open();
      await page.write(mine);
      api.on(SAVE, () => problem(401, 'unauthorized', 'Sign in first'));
      await page.press('Save');
      await until(() => console.address().startsWith('/sign-in'));

      serve(detail({ version: 9, definition: { title: 'Theirs', body: 'B' } }));
      await console.goTo(`/messages/${TYPE}`);
      page = await console.harness(MessagePageHarness);
      expect(await page.text()).toBe(mine);
      api.on(SAVE, () => problem(412, 'version_conflict', 'Changed'));
      await page.press('Save');
      expect(api.asked(SAVE).at(-1)?.headers.get('If-Match')).toBe('"7"');
      await page.press('Take theirs');
      expect(await page.text()).toContain('Theirs');
    });

    it('is what was written while it was being saved', async () => {
      await open();
      await page.write(mine);
      api.on(SAVE, () => {
        const editor = document.querySelector<HTMLTextAreaElement>('textarea')!;
        editor.value = shown({ title: 'More', body: 'B' });
        editor.dispatchEvent(new Event('input'));
        serve(detail({ version: 8, definition: { title: 'Mine', body: 'B' } }));
        return ok(detail({ version: 8 }));
      });
      await page.press('Save');
      await until(async () => ((await page.facts()) ?? '').includes('version 8'));
      expect(await page.text()).toContain('More');
      await page.press('Save');
      expect(api.asked(SAVE).at(-1)?.headers.get('If-Match')).toBe('"8"');
    });
  });

  describe('that is to be taken away', () => {
    const TAKE = `DELETE /api/admin/messages/${TYPE}`;

    it('is asked about first, and stays when one thinks better of it', async () => {
      await open();
      await page.press('Take away');
      expect(await page.question()).toContain('its events that still wait fail');
      await page.press('Keep it');
      expect(await page.question()).toBeNull();
      expect(api.asked(TAKE)).toEqual([]);
    });

    it('has the focus while it is asked, closes with Escape, and gives the focus back', async () => {
      await open();
      await page.press('Take away');
      await until(() => focusedText() === 'Keep it');
      console.press('Escape');
      expect(await page.question()).toBeNull();
      expect(focusedText()).toBe('Take away');

      api.on(TAKE, () => ({ status: 204, body: null }));
      await page.press('Take away');
      await page.press('Take it away');
      await until(async () => (await page.question()) === null);
      expect(focusedText()).toBe(TYPE);
    });

    it('goes as the version that was seen, and its text stays in the editor', async () => {
      await open();
      api.on(TAKE, () => {
        api.on(ONE, () => problem(404, 'not_found', 'None'));
        return { status: 204, body: null };
      });
      await page.press('Take away');
      await page.press('Take it away');
      await until(async () => (await page.facts()) === 'Not defined yet');
      expect(api.asked(TAKE)[0]?.headers.get('If-Match')).toBe('"7"');
      expect(await page.question()).toBeNull();
      expect(await page.text()).toBe(shown(DEFINITION));
      expect(await page.buttons()).not.toContain('Take away');

      await page.press('Save');
      expect(api.asked(SAVE)[0]?.headers.has('If-Match')).toBe(false);
      expect(api.asked(SAVE)[0]?.headers.get('If-None-Match')).toBe('*');
    });

    it('leaves what was being written, which can be saved where nothing is stored any more', async () => {
      await open();
      await page.write(shown({ title: 'Mine', body: 'B' }));
      api.on(TAKE, () => {
        serve(detail({ origin: 'built_in', version: null, updated_at: null }));
        return { status: 204, body: null };
      });
      await page.press('Take away');
      await page.press('Take it away');
      await until(async () => (await page.facts()) === 'Built in');
      expect(await page.text()).toContain('Mine');

      await page.press('Save');
      expect(api.asked(SAVE)[0]?.headers.get('If-None-Match')).toBe('*');
    });

    it('stays when somebody else was faster, and what they wrote is shown', async () => {
      await open();
      api.on(TAKE, () => {
        serve(detail({ version: 9, definition: { title: 'Theirs', body: 'B' } }));
        return problem(412, 'version_conflict', 'Changed');
      });
      await page.press('Take away');
      await page.press('Take it away');
      await until(async () => ((await page.facts()) ?? '').includes('version 9'));
      expect(document.body.textContent).toContain('Not taken away: somebody else has changed it meanwhile');
    });

    it('cannot be when it is built in', async () => {
      serve(detail({ origin: 'built_in', version: null, updated_at: null }));
      await open();
      expect(await page.buttons()).not.toContain('Take away');
    });
  });

  it('has its versions, and one that was before comes back into the editor', async () => {
    await open();
    const versions = await page.versions();
    expect(versions).toHaveLength(3);
    expect(versions[2]).toMatch(/^3 .+Taken away$/);
    api.on(VERSIONS, () => ok({ event_type: TYPE, items: [] }));
    const restore = document.querySelector<HTMLButtonElement>('[aria-label="Restore version 5"]');
    restore?.click();
    await until(async () => (await page.text()) === shown({ title: 'Before', body: 'B' }));
    expect(await page.canSave()).toBe(true);
  });

  describe('in a preview', () => {
    const PREVIEWED: MessagePreview = {
      user_id: 'ada',
      messages: [
        {
          ...{ target: 'token …a1b2c3', locale: 'de', bytes: 120, max_bytes: 4096 },
          request: { message: { token: 'token …a1b2c3' } },
          fcm: { outcome: 'refused', code: 'UNREGISTERED', message: 'Gone' },
        },
      ],
    };

    it('is shown as FCM would get it, with what FCM says', async () => {
      api.on(PREVIEW, () => ok(PREVIEWED));
      await open();
      await page.sample('{"user_id":"ada"}');
      await page.locale('de');
      await page.haveFcmCheck();
      await page.press('Preview');

      expect(api.asked(PREVIEW)[0]?.body).toEqual({
        ...{ definition: DEFINITION, payload: { user_id: 'ada' }, locale: 'de', validate: true },
      });
      const [seen] = await page.previewed();
      expect(seen?.head).toMatch(/token …a1b2c3.*de.*120 of 4096 bytes.*FCM refuses it/);
      expect(JSON.parse(seen?.json ?? '')).toEqual({ message: { token: 'token …a1b2c3' } });
    });

    it('is marked as soon as something else would be shown, and goes when it is asked for again', async () => {
      api.on(PREVIEW, () => ok(PREVIEWED));
      await open();
      const changes = [
        () => page.write(shown({ title: 'Mine', body: 'B' })),
        () => page.sample('{"user_id":"bob"}'),
        () => page.locale('fr'),
        () => page.haveFcmCheck(),
      ];
      for (const change of changes) {
        await page.press('Preview');
        expect(await page.isPreviewOutdated()).toBe(false);
        await change();
        expect(await page.isPreviewOutdated()).toBe(true);
      }
      await page.sample('{');
      await page.press('Preview');
      expect(await page.previewed()).toEqual([]);
    });

    it('says of the definition and of the sample what is wrong with which', async () => {
      api.on(PREVIEW, () =>
        refused(
          { field: 'definition.body', message: 'not closed' },
          { field: 'user_id', message: 'is missing' },
        ),
      );
      await open();
      await page.press('Preview');
      expect(await page.problems()).toEqual(['Line 3 body: not closed', 'user_id: is missing']);
      await page.sample('{');
      await page.press('Preview');
      expect(await page.problems()).toEqual([expect.stringContaining('No JSON')]);
    });
  });

  it('comes back by itself after Redis was away', async () => {
    api.on(ONE, () => problem(503, 'queue_unavailable', 'Away'));
    await open();
    expect(await page.problem()).toContain('Redis is away');
    serve(detail());
    await until(async () => (await page.problem()) === null);
    expect(await page.text()).toBe(shown(DEFINITION));
  });
});
