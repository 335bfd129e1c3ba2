import { notFound } from './answers.ts';
import type { Exchange } from './exchange.ts';
import { send } from './http.ts';
import type { Rooms } from './mailbox.ts';
import { page, SCRIPT } from './page.ts';
import { type Platform, PLATFORMS } from './presentation.ts';
import { readRule } from './read-rule.ts';
import { isFields } from './schema.ts';

const MESSAGES_PER_PAGE = 1000;
const DEVICES_PER_PAGE = 1000;
const SHOWN_ON_PAGE = 50;
const SECURITY = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'",
};

interface Asked {
  query: URLSearchParams;
  body: Record<string, unknown>;
}

/** What comes out of a route as JSON with status 200; a text is what was wrong, with 400. */
type Route = (asked: Asked) => object | string;

/** What tests and people ask the simulator; everything that is not FCM's. */
export class Desk {
  readonly #rooms: Rooms;
  readonly #routes: Record<string, Route>;

  constructor(rooms: Rooms, stats: () => object) {
    this.#rooms = rooms;
    this.#routes = { ...memoryRoutes(rooms), ...deviceRoutes(rooms), ...ruleRoutes(rooms) };
    this.#routes['GET /simulator/stats'] = stats;
  }

  async take(exchange: Exchange): Promise<void> {
    const { pathname, searchParams: query } = new URL(exchange.url, 'https://localhost');
    const text = await exchange.body();
    const name = `${exchange.method} ${pathname}`;
    if (name === 'GET /') return send(exchange, { status: 200, body: this.#page(query), headers: SECURITY });
    if (name === 'GET /simulator/page.js')
      return exchange.answer(200, { 'content-type': 'text/javascript; charset=utf-8' }, SCRIPT);
    const route = Object.hasOwn(this.#routes, name) ? this.#routes[name] : undefined;
    if (!route) return send(exchange, notFound());
    const body = parse(text ?? '');
    const result = body ? route({ query, body }) : 'The body must be a JSON object.';
    if (typeof result !== 'string') return send(exchange, { status: 200, body: result });
    send(exchange, { status: 400, body: { error: result } });
  }

  #page(query: URLSearchParams): string {
    const { ledger, inbox, traffic } = this.#rooms;
    const eventId = query.get('event_id') || undefined;
    return page({
      eventId,
      devices: inbox.list({ eventId, limit: SHOWN_ON_PAGE }),
      totals: inbox.totals(),
      messages: eventId ? ledger.list({ eventId, limit: SHOWN_ON_PAGE }) : ledger.latest(SHOWN_ON_PAGE),
      received: traffic.stats().received,
    });
  }
}

const memoryRoutes = ({ ledger }: Rooms): Record<string, Route> => ({
  'GET /simulator/messages': ({ query }) => {
    const since = Number(query.get('since') ?? 0) || 0;
    const limit = Number(query.get('limit')) || MESSAGES_PER_PAGE;
    const items = ledger.list({ since, limit, eventId: query.get('event_id') ?? undefined });
    return { items, next_since: items.at(-1)?.seq ?? since };
  },
  'DELETE /simulator/messages': () => {
    ledger.clear();
    return { items: [] };
  },
  'GET /simulator/events': () => ({ items: ledger.events() }),
});

const deviceRoutes = ({ inbox, topics }: Rooms): Record<string, Route> => ({
  'GET /simulator/inbox': ({ query }) => {
    const limit = Number(query.get('limit')) || DEVICES_PER_PAGE;
    const token = query.get('token') ?? undefined;
    const items = inbox.list({ token, limit, eventId: query.get('event_id') ?? undefined });
    return { ...inbox.totals(), items };
  },
  'DELETE /simulator/inbox': ({ query }) => {
    inbox.dismiss(query.get('token') ?? undefined);
    return inbox.totals();
  },
  'PUT /simulator/devices': ({ body: { token, platform, online } }) => {
    if (typeof token !== 'string' || token === '') return '`token` must be a text';
    if (platform !== undefined && !PLATFORMS.includes(platform as Platform))
      return `\`platform\` must be one of ${PLATFORMS.join(', ')}`;
    if (online !== undefined && typeof online !== 'boolean') return '`online` must be true or false';
    inbox.set(token, { platform: platform as Platform | undefined, online }, Date.now());
    return { items: inbox.list({ token }) };
  },
  'DELETE /simulator/devices': () => {
    inbox.clear();
    return inbox.totals();
  },
  'GET /simulator/topics': ({ query }) => {
    const topic = query.get('topic');
    return { items: topic === null ? topics.list() : topics.followers(topic) };
  },
  'DELETE /simulator/topics': () => {
    topics.clear();
    return { items: [] };
  },
});

const ruleRoutes = ({ steering, control, oauth }: Rooms): Record<string, Route> => ({
  'GET /simulator/rules': () => ({ items: steering.rules }),
  'PUT /simulator/rules': ({ body }) => {
    const read = readRule(body);
    if ('problem' in read) return read.problem;
    if (!read.rule) steering.remove(read.matchers);
    else if (!steering.put(read.rule)) return '`behaviour` must begin with a word of the table at /';
    return { items: steering.rules };
  },
  'DELETE /simulator/rules': () => {
    steering.clear();
    return { items: [] };
  },
  'GET /simulator/settings': () => control.settings,
  'PATCH /simulator/settings': ({ body }) => {
    const wrong = control.set(body);
    return wrong === undefined ? control.settings : `\`${wrong}\` is no setting, or cannot be that`;
  },
  'GET /simulator/service-account': ({ query }) => oauth.serviceAccount(query.get('project') || 'demo'),
  'DELETE /simulator/access-tokens': () => {
    oauth.expireAll();
    return oauth.stats();
  },
});

function parse(text: string): Record<string, unknown> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    // Not JSON: the caller is told so.
    return undefined;
  }
}
