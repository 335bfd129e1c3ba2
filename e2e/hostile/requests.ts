/** Generated requests: each part is mostly as it should be, so that what is wrong is found by the check meant for it. */
import fc from 'fast-check';
import { sign } from '../support/sign.ts';
import { anyBody, genuineBody } from './bodies.ts';
import { encoding, host, signature, soup, timestamp, type Values } from './headers.ts';
import type { Framing, WireRequest } from './wire.ts';

/** A request before its time has come: when it is sent, it is signed. */
export interface Plan {
  /** At most one of its parts is chosen freely in most plans; the others are right. */
  body: Buffer;
  toRequest(secret: string, nowS: number): WireRequest;
}

/** Weighted: `usual` unless chance says otherwise. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>, often = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight: often, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

const TYPE = 'order.created';
const target = fc.constantFrom(
  ...[
    `/api/webhook/${TYPE}?x=%zz`,
    `/api/webhook/order%2Ecreated`,
    `/%61pi/webhook/${TYPE}`,
    `http://x/api/webhook/${TYPE}`,
  ],
  ...[
    '/api/webhook/order.paid',
    '/api/webhook/ORDER.CREATED',
    '/api/webhook/order%252Ecreated',
    '/api/webhook/__proto__',
  ],
  ...[
    `/api/webhook/${TYPE}%00`,
    `/api/webhook/${TYPE}%20`,
    '/api/webhook/order%2Fcreated',
    `/api/webhook/${TYPE};x`,
  ],
  ...[
    '/api/webhook/',
    '/api/webhook',
    `/api/webhook/${TYPE}/`,
    `//api/webhook/${TYPE}`,
    `/x/../api/webhook/${TYPE}`,
  ],
  ...[
    `/API/webhook/${TYPE}`,
    '/api/webhook/%zz',
    '/api/webhook/%c0%ae',
    '/api/webhook/a b',
    '/api/webhook/\0',
    '/nowhere',
  ],
);
const method = fc.constantFrom(
  'GET',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PURGE',
  'post',
  'P\0ST',
  'SING',
);

const framing: fc.Arbitrary<(body: Buffer) => Framing> = fc.oneof(
  fc.constantFrom(1, 7, 1000, 100_000).map((size) => (): Framing => ({ kind: 'chunked', size })),
  fc.double({ min: 0, max: 0.99, noNaN: true }).map((share) => (body: Buffer): Framing => {
    return body.length > 0 ? { kind: 'half', share } : { kind: 'none' };
  }),
  fc.constant((): Framing => ({ kind: 'none' })),
  // One byte less than there is, if that byte cannot begin another request.
  fc.constant((body: Buffer): Framing => {
    return { kind: 'length', declared: body.length - (body.at(-1) === 0x7d ? 1 : 0) };
  }),
  fc
    .constantFrom<Values[]>(
      ...[
        ['Content-Length: 5', 'Transfer-Encoding: chunked'],
        ['Content-Length: 5', 'Content-Length: 6'],
      ],
      ...[['Content-Length: five'], ['Content-Length: +5'], ['Content-Length: -1'], ['Content-Length: 0x5']],
      ...[
        ['Content-Length: 5, 5'],
        [`Content-Length: ${'9'.repeat(30)}`],
        ['Content-Length:'],
        ['Content-Length: 5\0'],
      ],
      ...[
        ['Transfer-Encoding: identity'],
        ['Transfer-Encoding: xchunked'],
        ['Transfer-Encoding: chunked, gzip'],
      ],
      ...[['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ['Transfer-Encoding : chunked']],
    )
    .map((lines) => (): Framing => ({ kind: 'broken', lines })),
);

/** Larger than the limit: a megabyte of zeros that would make a gigabyte unzipped is refused for its encoding first. */
const large = (maxBody: number) =>
  fc.constantFrom(maxBody, maxBody + 1, 2 * maxBody).map((size) => Buffer.alloc(size, ' '));

export function plan(maxBody: number): fc.Arbitrary<Plan> {
  const body = fc.oneof(
    { weight: 6, arbitrary: genuineBody },
    { weight: 6, arbitrary: anyBody },
    { weight: 1, arbitrary: large(maxBody) },
  );
  return fc
    .record({
      body,
      target: mostly(`/api/webhook/${TYPE}`, target),
      method: mostly('POST', method, 20),
      version: mostly<'1.0' | '1.1'>('1.1', fc.constant('1.0'), 20),
      timestamp: mostly((nowS: number): Values => [String(nowS)], timestamp, 6),
      signature: mostly((right: string): Values => [right], signature, 6),
      encoding: mostly<Values>([], encoding),
      soup: mostly<[string, string][]>([], soup, 3),
      host: mostly<Values>(['herald'], host, 25),
      framing: mostly((whole: Buffer): Framing => ({ kind: 'length', declared: whole.length }), framing, 6),
    })
    .map(({ body, timestamp, signature, encoding, soup, host, framing, ...line }) => ({
      body,
      toRequest(secret, nowS) {
        const named = (name: string, values: Values) => values.map((value) => [name, value] as const);
        const lines = [
          ...named('Host', host),
          ...soup,
          ...named('X-Timestamp', timestamp(nowS)),
          ...named('x-signature', signature(sign(body, secret))),
          ...named('Content-Encoding', encoding),
        ];
        return { ...line, lines, body, framing: framing(body) };
      },
    }));
}

/** What one connection carries: requests one after another, and into how many pieces their bytes are cut. */
export interface Conversation {
  plans: readonly Plan[];
  pieces: number;
}

export function conversation(maxBody: number): fc.Arbitrary<Conversation> {
  return fc.record({
    plans: fc.oneof(
      { weight: 3, arbitrary: fc.array(plan(maxBody), { minLength: 1, maxLength: 1 }) },
      { weight: 1, arbitrary: fc.array(plan(maxBody), { minLength: 1, maxLength: 5 }) },
    ),
    pieces: mostly(1, fc.integer({ min: 2, max: 6 }), 4),
  });
}
