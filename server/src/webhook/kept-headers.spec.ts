import { keptHeaders } from './kept-headers';

describe('the headers that are kept of a webhook', () => {
  it.each([
    'x-signature',
    'X-Hub-Signature-256',
    'stripe-signature',
    'x-shopify-hmac-sha256',
    'authorization',
    'proxy-authorization',
    'cookie',
    'set-cookie2',
    'x-api-key',
    'apikey',
    'x-auth-token',
    'x-client-secret',
    'x-password',
  ])('say nothing of what stands in %s', (name) => {
    expect(keptHeaders({ [name]: ['canary'] })).toEqual({ [name]: '[redacted]' });
  });

  it.each(['content-type', 'user-agent', 'x-timestamp', 'host', 'x-request-id', 'traceparent'])(
    'tell what stands in %s',
    (name) => {
      expect(keptHeaders({ [name]: ['a'] })).toEqual({ [name]: 'a' });
    },
  );

  it('join the lines of a header', () => {
    expect(keptHeaders({ via: ['a', 'b'], none: undefined })).toEqual({ via: 'a, b', none: '' });
  });

  it('are not too many and not too long', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`h${i}`, ['x'.repeat(1000)]]));
    const kept = keptHeaders(many);
    expect(Object.keys(kept)).toHaveLength(32);
    expect(new Set(Object.values(kept).map(({ length }) => length))).toEqual(new Set([256]));
  });

  it('may be called anything', () => {
    const odd = JSON.parse('{"__proto__":["a"],"constructor":["b"]}') as Record<string, string[]>;
    expect(JSON.stringify(keptHeaders(odd))).toBe('{"__proto__":"a","constructor":"b"}');
  });
});
