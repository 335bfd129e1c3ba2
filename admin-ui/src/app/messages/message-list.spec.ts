import { ComponentHarness } from '@angular/cdk/testing';
import { MatButtonHarness } from '@angular/material/button/testing';
import type { MessageInfo } from '@contract';
import { FakeApi, ok, problem } from '../api/testing/fake-api';
import { type Console, fakeApi, startConsole, until } from '../testing/console';

/** The list of definitions, as somebody in front of it uses it. */
class MessageListHarness extends ComponentHarness {
  static readonly hostSelector = 'herald-message-list';

  async rows(): Promise<string[]> {
    const rows = await this.locatorForAll('tr[data-event-type]')();
    return Promise.all(rows.map((row) => row.text()));
  }

  async problem(): Promise<string | null> {
    const banner = await this.locatorForOptional('herald-problem-banner')();
    return banner && banner.text();
  }

  async define(type: string): Promise<void> {
    await (await this.locatorFor('input')()).sendKeys(type);
    await (await this.locatorFor(MatButtonHarness.with({ text: 'Define or open' }))()).click();
  }
}

const LIST = 'GET /api/admin/messages';
const ITEMS: MessageInfo[] = [
  { event_type: 'order.created', origin: 'built_in', version: null, updated_at: null, target: 'user' },
  {
    event_type: 'news',
    origin: 'redis',
    version: 12,
    updated_at: '2026-11-23T11:00:00.000Z',
    target: 'topic',
  },
];

describe('the message definitions', () => {
  let api: FakeApi;
  let console: Console;
  let page: MessageListHarness;

  const open = async () => {
    console = await startConsole(api, '/messages');
    page = await console.harness(MessageListHarness);
  };

  beforeEach(() => {
    localStorage.clear();
    api = fakeApi().on(LIST, () => ok({ items: ITEMS }));
  });

  it('are listed with whom they are for, where they come from and when they changed', async () => {
    await open();
    const [builtIn, stored] = await page.rows();
    expect(builtIn).toMatch(/order\.created\s*Devices of a user\s*Built in/);
    expect(stored).toMatch(/news\s*Topic\s*Stored\s*12.+ago/);
    expect(document.title).toBe('Messages · Herald');
  });

  it('lead to one of a new type', async () => {
    await open();
    await page.define(' order.lost ');
    await until(() => console.address() === '/messages/order.lost');
  });

  it('come by themselves after the server was away', async () => {
    api.on(LIST, () => problem(503, 'queue_unavailable', 'Away'));
    await open();
    expect(await page.problem()).toContain('Redis is away');
    api.on(LIST, () => ok({ items: ITEMS }));
    await until(async () => (await page.rows()).length === 2);
  });
});
