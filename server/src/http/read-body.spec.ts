import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { ErrorCode } from '../contract';
import { BODY_TIMEOUT_MS, readBody } from './read-body';

type Incoming = IncomingMessage & PassThrough;

function incoming(headers: Record<string, string> = {}): Incoming {
  return Object.assign(new PassThrough(), { headers }) as unknown as Incoming;
}

function expectRefusal(body: Promise<Buffer>, code: ErrorCode): Promise<void> {
  return expect(body).rejects.toMatchObject({ code });
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('a body', () => {
  it('is the bytes as they came', async () => {
    const request = incoming();
    const body = readBody(request, 10);
    request.write(Buffer.of(0xff, 0x00));
    request.end(Buffer.of(0xfe));
    expect(await body).toEqual(Buffer.of(0xff, 0x00, 0xfe));
  });

  it('may be empty', async () => {
    const request = incoming({ 'content-length': '0' });
    const body = readBody(request, 10);
    request.end();
    expect(await body).toEqual(Buffer.alloc(0));
  });

  it('may have ended before anybody listened', async () => {
    const request = incoming();
    request.end();
    await new Promise((resolve) => request.resume().on('end', resolve));
    expect(await readBody(request, 10)).toEqual(Buffer.alloc(0));
  });

  it('may be as large as the limit, and no larger', async () => {
    const [fits, exceeds] = [incoming(), incoming()];
    const bodies = [readBody(fits, 4), expectRefusal(readBody(exceeds, 4), 'payload_too_large')] as const;
    fits.end('1234');
    exceeds.end('12345');
    expect(String(await bodies[0])).toBe('1234');
    await bodies[1];
  });

  it('is refused unread when it says that it is larger', async () => {
    const request = incoming({ 'content-length': '5' });
    await expectRefusal(readBody(request, 4), 'payload_too_large');
    expect(request.listenerCount('data')).toBe(0);
  });

  it('is not read further once it is too large', async () => {
    const request = incoming();
    const body = expectRefusal(readBody(request, 4), 'payload_too_large');
    request.write('12345');
    await body;
    expect(request.isPaused()).toBe(true);
    expect(request.listenerCount('data')).toBe(0);
  });

  it.each(['gzip', 'BR', ' deflate', 'identity, gzip', '*'])(
    'is refused in the encoding %p',
    async (encoding) => {
      await expectRefusal(readBody(incoming({ 'content-encoding': encoding }), 4), 'unsupported_encoding');
    },
  );

  it('has its encoding looked at before its size', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-length': '5' };
    await expectRefusal(readBody(incoming(headers), 4), 'unsupported_encoding');
  });

  it('must have arrived in time, however steadily it drips', async () => {
    const request = incoming();
    const body = expectRefusal(readBody(request, 100), 'request_timeout');
    for (let waited = 0; waited < BODY_TIMEOUT_MS; waited += 1000) {
      request.write('x');
      await jest.advanceTimersByTimeAsync(1000);
    }
    await body;
    expect(request.listenerCount('data')).toBe(0);
  });

  it('that is broken off is a request that did not arrive', async () => {
    const [aborted, closed] = [incoming(), incoming()];
    const bodies = [aborted, closed].map((request) =>
      expectRefusal(readBody(request, 100), 'request_timeout'),
    );
    aborted.destroy(new Error('aborted'));
    closed.destroy();
    await Promise.all(bodies);
  });
});
