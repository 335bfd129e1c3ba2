import { ManualClock } from '../../test/manual-clock';
import { FixedAccessToken, type FetchToken, RefreshedAccessToken } from './access-token';

const MINUTE_MS = 60_000;
const HOUR_S = 3600;

type Fetched = Awaited<ReturnType<FetchToken>>;

/** A token endpoint that answers when it is told to. */
class Endpoint {
  readonly asked: { afresh: boolean; answer: (token: string) => void; fail: (reason: string) => void }[] = [];

  readonly fetch: FetchToken = (afresh) =>
    new Promise<Fetched>((resolve, reject) => {
      this.asked.push({
        afresh,
        answer: (access_token) => resolve({ access_token, expires_in: HOUR_S }),
        fail: (reason) => reject(new Error(reason)),
      });
    });

  get last() {
    const last = this.asked.at(-1);
    if (!last) throw new Error('nobody has asked');
    return last;
  }
}

function setUp(deadlineMs?: number) {
  const endpoint = new Endpoint();
  const clock = new ManualClock();
  return { endpoint, clock, tokens: new RefreshedAccessToken(endpoint.fetch, clock, deadlineMs) };
}

async function setUpWith(token: string) {
  const all = setUp();
  const first = all.tokens.get();
  all.endpoint.last.answer(token);
  await first;
  return all;
}

const ok = (token: string) => ({ ok: true, token });

describe('an access token', () => {
  it('is fetched once, however many ask for it at the same time', async () => {
    const { endpoint, tokens } = setUp();
    const asking = Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    endpoint.last.answer('a');
    expect(await asking).toEqual([ok('a'), ok('a'), ok('a')]);
    expect(endpoint.asked).toHaveLength(1);
  });

  it('is kept while it is good', async () => {
    const { endpoint, clock, tokens } = await setUpWith('a');
    clock.advance(55 * MINUTE_MS);
    expect(await tokens.get()).toEqual(ok('a'));
    expect(endpoint.asked).toHaveLength(1);
  });

  it('is renewed ahead of its end, while the old one is still handed out', async () => {
    const { endpoint, clock, tokens } = await setUpWith('a');
    clock.advance(57 * MINUTE_MS);
    expect(await tokens.get()).toEqual(ok('a'));
    expect(await tokens.get()).toEqual(ok('a'));
    expect(endpoint.asked).toHaveLength(2);
    endpoint.last.answer('b');
    clock.advance(4 * MINUTE_MS);
    expect(await tokens.get()).toEqual(ok('b'));
    expect(endpoint.asked).toHaveLength(2);
  });

  it('that has ended is waited for', async () => {
    const { endpoint, clock, tokens } = await setUpWith('a');
    clock.advance(61 * MINUTE_MS);
    const next = tokens.get();
    endpoint.last.answer('b');
    expect(await next).toEqual(ok('b'));
  });
});

describe('a token endpoint that fails', () => {
  it('is a problem to tell, in one line', async () => {
    const { endpoint, tokens } = setUp();
    const asking = tokens.get();
    endpoint.last.fail('invalid_grant: no such account\n    at somewhere');
    expect(await asking).toEqual({
      ok: false,
      problem: 'No access token from Google: invalid_grant: no such account',
    });
  });

  it('is left alone for five seconds, and asked again after them', async () => {
    const { endpoint, clock, tokens } = setUp();
    const first = tokens.get();
    endpoint.last.fail('down');
    const problem = await first;
    clock.advance(4999);
    expect(await tokens.get()).toEqual(problem);
    expect(endpoint.asked).toHaveLength(1);
    clock.advance(1);
    const next = tokens.get();
    endpoint.last.answer('a');
    expect(await next).toEqual(ok('a'));
  });

  it('does no harm while the old token is good', async () => {
    const { endpoint, clock, tokens } = await setUpWith('a');
    clock.advance(57 * MINUTE_MS);
    await tokens.get();
    endpoint.last.fail('down');
    clock.advance(2 * MINUTE_MS);
    expect(await tokens.get()).toEqual(ok('a'));
  });

  it('does not keep anybody waiting for ever', async () => {
    const { tokens } = setUp(20);
    expect(await tokens.get()).toEqual({
      ok: false,
      problem: 'No access token from Google: no answer within 20 ms',
    });
  });
});

describe('a token that FCM refused', () => {
  it('is thrown away and fetched afresh', async () => {
    const { endpoint, clock, tokens } = await setUpWith('a');
    clock.advance(2 * MINUTE_MS);
    expect(tokens.refuse('a')).toBe(true);
    const next = tokens.get();
    expect(endpoint.asked.map(({ afresh }) => afresh)).toEqual([false, true]);
    endpoint.last.answer('b');
    expect(await next).toEqual(ok('b'));
  });

  it('is fetched afresh once, though many messages were refused with it', async () => {
    const { endpoint, clock, tokens } = await setUpWith('a');
    clock.advance(2 * MINUTE_MS);
    expect(tokens.refuse('a')).toBe(true);
    const next = tokens.get();
    endpoint.last.answer('b');
    await next;
    expect(tokens.refuse('a')).toBe(true);
    expect(await tokens.get()).toEqual(ok('b'));
    expect(endpoint.asked).toHaveLength(2);
  });

  it('is kept when it is newer than a minute: the next one would be no better', async () => {
    const { clock, tokens } = await setUpWith('a');
    clock.advance(MINUTE_MS - 1);
    expect(tokens.refuse('a')).toBe(false);
    expect(await tokens.get()).toEqual(ok('a'));
  });

  it('is thrown away also when the clock was set back meanwhile', async () => {
    const { clock, tokens } = await setUpWith('a');
    clock.advance(-30 * MINUTE_MS);
    expect(tokens.refuse('a')).toBe(true);
  });
});

describe("the emulators' token", () => {
  it('is always the same, refused or not', () => {
    const tokens = new FixedAccessToken('owner');
    expect(tokens.refuse()).toBe(false);
    expect(tokens.get()).toEqual(ok('owner'));
  });
});
