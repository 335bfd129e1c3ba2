import { readLatency } from '../../../../e2e/simulator/latency';
import { SteeringWheel } from '../../../../e2e/simulator/steering';
import { reactionWord } from '../../../../e2e/simulator/behaviours';
import { type SimulatorClient, startClient } from '../../../test/fcm-simulator';

describe('a rule', () => {
  let chance: number;
  let wheel: SteeringWheel;
  beforeEach(() => {
    chance = 0;
    wheel = new SteeringWheel(() => chance);
  });
  const answerTo = (target: string, eventId = '', project = 'shop') =>
    reactionWord(wheel.react({ target, eventId, project, id: '1' }));

  it('is about the events whose id begins so', () => {
    wheel.put({ token_prefix: '', event_prefix: 'bad-', behaviour: 'internal' });
    expect([answerTo('phone', 'bad-1'), answerTo('phone', 'good-1')]).toEqual(['INTERNAL', 'OK']);
  });

  it('is about one project', () => {
    wheel.put({ token_prefix: '', project: 'typo', behaviour: 'no-project' });
    expect([answerTo('phone', '', 'typo'), answerTo('phone')]).toEqual(['NOT_FOUND', 'OK']);
  });

  it('reaches a share of the messages, by chance', () => {
    wheel.put({ token_prefix: '', share: 0.25, behaviour: 'unavailable' });
    const answers = [0.24, 0.25, 0.9, 0.1].map((number) => {
      chance = number;
      return answerTo('phone');
    });
    expect(answers).toEqual(['UNAVAILABLE', 'OK', 'OK', 'UNAVAILABLE']);
  });

  it('reaches the first so many messages, whomever they are for', () => {
    wheel.put({ token_prefix: 'phone', first: 2, behaviour: 'unavailable' });
    expect(['phone-1', 'tablet', 'phone-2', 'phone-3'].map((token) => answerTo(token))).toEqual([
      'UNAVAILABLE',
      'OK',
      'UNAVAILABLE',
      'OK',
    ]);
  });

  it('that does not reach a message leaves it to the next one, and to the token in the end', () => {
    wheel.put({ token_prefix: 'unregistered', first: 1, behaviour: 'internal' });
    wheel.put({ token_prefix: '', first: 1, behaviour: 'unavailable' });
    expect([1, 2, 3].map(() => answerTo('unregistered-1'))).toEqual([
      'INTERNAL',
      'UNAVAILABLE',
      'UNREGISTERED',
    ]);
  });

  it('with the longest token prefix goes first, then that with the longest event prefix', () => {
    wheel.put({ token_prefix: '', event_prefix: 'evt-1', behaviour: 'internal' });
    wheel.put({ token_prefix: '', behaviour: 'unavailable' });
    wheel.put({ token_prefix: 'p', behaviour: 'unregistered' });
    expect([answerTo('phone', 'evt-1'), answerTo('tablet', 'evt-12'), answerTo('tablet', 'x')]).toEqual([
      'UNREGISTERED',
      'INTERNAL',
      'UNAVAILABLE',
    ]);
  });

  it('begins to count anew when it is put again, and goes when it is removed', () => {
    const rule = { token_prefix: '', event_prefix: 'e', first: 1, behaviour: 'internal' };
    wheel.put(rule);
    answerTo('phone', 'e');
    wheel.put(rule);
    expect(answerTo('phone', 'e')).toBe('INTERNAL');
    wheel.remove({ token_prefix: '', event_prefix: 'e' });
    expect(wheel.rules).toEqual([]);
  });
});

describe('rules and settings over HTTP', () => {
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await startClient();
  });
  afterEach(() => client.close());

  it('are told back as they were put', async () => {
    const rule = {
      token_prefix: 'a',
      event_prefix: 'e',
      project: 'p',
      share: 0.5,
      first: 3,
      behaviour: 'quota-3',
    };
    const { json } = await client.ask('PUT', '/simulator/rules', rule);
    expect(json.items).toEqual([rule]);
    await client.ask('PUT', '/simulator/rules', { token_prefix: 'a', event_prefix: 'e', project: 'p' });
    expect((await client.ask('GET', '/simulator/rules')).json.items).toEqual([]);
  });

  it.each([{ share: 2 }, { share: '1' }, { first: 0 }, { first: 1.5 }, { event_prefix: 1 }, { project: {} }])(
    'that make no sense are refused: %p',
    async (field) => {
      const rule = { token_prefix: '', behaviour: 'ok', ...field };
      const reply = await client.ask('PUT', '/simulator/rules', rule);
      expect(reply.status).toBe(400);
      expect(reply.body).toContain(Object.keys(field)[0]);
    },
  );

  it('change while it runs', async () => {
    const settings = { latency: '5-10', token_lifetime_s: 7, token_endpoint: 'revoked', auth: 'strict' };
    expect((await client.ask('PATCH', '/simulator/settings', settings)).json).toMatchObject(settings);
    expect((await client.ask('GET', '/simulator/settings')).json).toMatchObject(settings);
  });

  it.each<Record<string, unknown>>([
    { latency: 'soon' },
    { token_lifetime_s: 0 },
    { token_endpoint: 'explode' },
    { auth: 'maybe' },
    { quotas: { messages_per_fortnight: 1 } },
    { quotas: { messages_per_minute: '1' } },
    { colour: 'red' },
    { constructor: 1 },
  ])('that are no settings are refused: %p', async (setting) => {
    const reply = await client.ask('PATCH', '/simulator/settings', setting);
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(Object.keys(setting)[0]);
    await expect(startClient({ settings: setting })).rejects.toThrow('no such setting');
  });
});

describe('the latency of an answer', () => {
  /** 10,000 of them in order, with numbers spread evenly instead of by chance. */
  function drawn(text: string): number[] {
    const latency = readLatency(text)!;
    let state = 1;
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    return Array.from({ length: 10_000 }, () => latency(random)).sort((a, b) => a - b);
  }

  it('is always the same', () => {
    expect(new Set(drawn('12.5'))).toEqual(new Set([12.5]));
  });

  it('lies anywhere between two', () => {
    const all = drawn('20-80');
    expect(all[0]).toBeGreaterThanOrEqual(20);
    expect(all[5000]).toBeCloseTo(50, -1);
    expect(all.at(-1)).toBeLessThanOrEqual(80);
  });

  it('is mostly short and sometimes long', () => {
    const all = drawn('p50=40,p99=200');
    expect(all[5000]).toBeGreaterThan(37);
    expect(all[5000]).toBeLessThan(43);
    expect(all[9900]).toBeGreaterThan(175);
    expect(all[9900]).toBeLessThan(225);
  });

  it('is waited for', async () => {
    const client = await startClient({ settings: { latency: '60-70' } });
    const started = performance.now();
    await client.send({ token: 'phone' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
    await client.close();
  });
});
