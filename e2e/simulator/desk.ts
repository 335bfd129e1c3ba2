import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { refused } from './answers.ts';
import { readBody, send } from './http.ts';
import type { Ledger } from './ledger.ts';
import type { Mailbox } from './mailbox.ts';
import { page } from './page.ts';
import type { SteeringWheel } from './steering.ts';

const MESSAGES_PER_PAGE = 1000;
const SHOWN_ON_PAGE = 50;
const SECURITY = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" };

type Handler = (url: URL, body: string | undefined, response: Http2ServerResponse) => void;

/** What tests and people ask the simulator; everything that is not FCM's. */
export class Desk {
  readonly #routes: Record<string, Handler>;

  constructor(ledger: Ledger, steering: SteeringWheel, mailbox: Mailbox, stats: () => object) {
    this.#routes = {
      'GET /': (_, __, response) =>
        send(response, 200, page(ledger.latest(SHOWN_ON_PAGE), mailbox.stats().received), SECURITY),
      'GET /simulator/messages': ({ searchParams }, _, response) => {
        const since = Number(searchParams.get('since') ?? 0) || 0;
        const limit = Number(searchParams.get('limit')) || MESSAGES_PER_PAGE;
        const items = ledger.list({ since, limit, eventId: searchParams.get('event_id') ?? undefined });
        send(response, 200, { items, next_since: items.at(-1)?.seq ?? since });
      },
      'DELETE /simulator/messages': (_, __, response) => {
        ledger.clear();
        send(response, 200, { items: [] });
      },
      'GET /simulator/events': (_, __, response) => send(response, 200, { items: ledger.events() }),
      'GET /simulator/stats': (_, __, response) => send(response, 200, stats()),
      'GET /simulator/rules': (_, __, response) => send(response, 200, { items: steering.rules }),
      'PUT /simulator/rules': (_, body, response) => putRule(steering, body, response),
      'DELETE /simulator/rules': (_, __, response) => {
        steering.clear();
        send(response, 200, { items: [] });
      },
    };
  }

  async serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const url = new URL(request.url, 'https://localhost');
    const body = await readBody(request);
    const handler = this.#routes[`${request.method} ${url.pathname}`];
    if (handler) return handler(url, body, response);
    const { status, body: error } = refused({
      status: 404,
      rpcStatus: 'NOT_FOUND',
      message: 'Requested entity was not found.',
    });
    send(response, status, error);
  }
}

/** `{"token_prefix": "abc", "behaviour": "unavailable"}`; without a behaviour the rule with that prefix is removed. */
function putRule(steering: SteeringWheel, body: string | undefined, response: Http2ServerResponse): void {
  const rule = parse(body);
  const { token_prefix, behaviour } = rule;
  if (typeof token_prefix !== 'string')
    return send(response, 400, { error: '`token_prefix` must be a text; an empty one means every target' });
  if (behaviour === undefined || behaviour === null) steering.remove(token_prefix);
  else if (typeof behaviour !== 'string' || !steering.put({ token_prefix, behaviour }))
    return send(response, 400, { error: '`behaviour` must begin with a word of the table at /' });
  send(response, 200, { items: steering.rules });
}

function parse(body: string | undefined): { token_prefix?: unknown; behaviour?: unknown } {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    // Not JSON: treated as a rule without fields, which is answered as one.
    return {};
  }
}
