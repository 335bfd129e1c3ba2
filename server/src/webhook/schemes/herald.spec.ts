import { createHmac } from 'node:crypto';
import { herald } from './herald';
import type { SchemeSettings } from './scheme';

const NOW_S = 1_790_000_000;
const BODY = Buffer.from('{"type":"order.created","data":{"id":"1001"}}');
const SETTINGS: SchemeSettings = { secrets: ['test_secret'], toleranceS: 300 };
/** Computed elsewhere: `openssl dgst -sha256 -hmac test_secret`. */
const SIGNATURE = '7380831c8ede1967b53a8e71671acd4702931da62ae159843c2c5bb855d58674';

function judge(
  {
    timestamp = [String(NOW_S)],
    signature = [SIGNATURE],
    body = BODY,
  }: {
    timestamp?: string[] | null;
    signature?: string[] | null;
    body?: Buffer;
  } = {},
  settings = SETTINGS,
) {
  const headers = { 'x-timestamp': timestamp ?? undefined, 'x-signature': signature ?? undefined };
  return herald({ headers, body }, settings, NOW_S * 1000 + 500);
}

const refused = (code: string) => ({ genuine: false, code });

describe("the default source's scheme", () => {
  it('finds a known signature genuine, with its prefix or without', () => {
    expect(judge()).toEqual({ genuine: true });
    expect(judge({ signature: [`sha256=${SIGNATURE}`] })).toEqual({ genuine: true });
  });

  it.each([
    [300, undefined],
    [301, 'request_too_old'],
    [-300, undefined],
    [-301, 'request_in_future'],
  ])('judges a request that is %d s old: %s', (ageS, code) => {
    expect(judge({ timestamp: [String(NOW_S - ageS)] })).toEqual(code ? refused(code) : { genuine: true });
  });

  it('takes digits for a time, however many they are', () => {
    const in_us = `${NOW_S}000000`;
    expect(judge({ timestamp: [in_us] })).toEqual(refused('request_in_future'));
    expect(judge({ timestamp: ['9'.repeat(400)] })).toEqual(refused('request_in_future'));
    expect(judge({ timestamp: [String(NOW_S).padStart(20, '0')] })).toEqual({ genuine: true });
  });

  it('keeps to another tolerance', () => {
    const strict = { ...SETTINGS, toleranceS: 1 };
    expect(judge({ timestamp: [String(NOW_S - 1)] }, strict)).toEqual({ genuine: true });
    expect(judge({ timestamp: [String(NOW_S - 2)] }, strict)).toEqual(refused('request_too_old'));
  });

  it('looks at the timestamp before the signature', () => {
    expect(judge({ timestamp: null, signature: null })).toEqual(refused('missing_timestamp'));
    expect(judge({ timestamp: ['x'], signature: null })).toEqual(refused('invalid_timestamp'));
    expect(judge({ timestamp: ['1'], signature: null })).toEqual(refused('request_too_old'));
    expect(judge({ signature: null })).toEqual(refused('missing_signature'));
  });

  it('takes headers of several lines for invalid', () => {
    expect(judge({ timestamp: [String(NOW_S), String(NOW_S)] })).toEqual(refused('invalid_timestamp'));
    expect(judge({ signature: [SIGNATURE, SIGNATURE] })).toEqual(refused('invalid_signature'));
  });

  it('tells every bit of a signature apart', () => {
    const right = Buffer.from(SIGNATURE, 'hex');
    for (let bit = 0; bit < right.length * 8; bit += 1) {
      const wrong = Buffer.from(right);
      wrong[bit >> 3]! ^= 1 << (bit & 7);
      expect(judge({ signature: [wrong.toString('hex')] })).toEqual(refused('invalid_signature'));
    }
  });

  it('tries every secret, wherever the right one stands', () => {
    for (const secrets of [
      ['test_secret', 'b', 'c'],
      ['a', 'b', 'test_secret'],
    ])
      expect(judge({}, { ...SETTINGS, secrets })).toEqual({ genuine: true });
    expect(judge({}, { ...SETTINGS, secrets: ['a', 'b'] })).toEqual(refused('invalid_signature'));
    expect(judge({}, { ...SETTINGS, secrets: [] })).toEqual(refused('invalid_signature'));
  });

  it('never finds zeros genuine, which stand in for a signature that is none', () => {
    expect(judge({ signature: ['0'.repeat(64)] })).toEqual(refused('invalid_signature'));
    expect(judge({ signature: ['none'] })).toEqual(refused('invalid_signature'));
  });

  it('signs bytes that are no text, and none at all', () => {
    for (const body of [Buffer.of(0xff, 0x00, 0xfe), Buffer.alloc(0)]) {
      const signature = createHmac('sha256', 'test_secret').update(body).digest('hex');
      expect(judge({ body, signature: [signature] })).toEqual({ genuine: true });
      expect(judge({ body: Buffer.concat([body, Buffer.of(0)]), signature: [signature] })).toEqual(
        refused('invalid_signature'),
      );
    }
  });
});
