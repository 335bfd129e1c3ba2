import { isKnownType, openEnvelope } from './envelope';

const ORIGIN = { source: 'default', type: 'order.created', headers: { 'x-a': 'b' } };
const open = (text: string) => openEnvelope(Buffer.from(text), ORIGIN);

describe('an envelope', () => {
  it('holds the event, its payload to the letter', () => {
    const text = '{"user_id":"u", "order_id":"o", "event_id":"e", "__proto__":{"user_id":"x"}}';
    expect(open(text)).toEqual({
      ok: true,
      event: { ...ORIGIN, eventId: 'e', orderId: 'o', userId: 'u', payload: text },
    });
  });

  it('that is no JSON is not opened', () => {
    expect(open('{')).toEqual({ ok: false, code: 'invalid_json' });
  });

  it('without its fields says which', () => {
    const details = [{ field: 'order_id', message: 'must be a string' }];
    expect(open('{"user_id":"u","event_id":"e"}')).toEqual({ ok: false, code: 'invalid_payload', details });
  });

  it('does not take inherited fields for its own', () => {
    const opened = open('{"__proto__":{"event_id":"e","order_id":"o","user_id":"u"}}');
    expect(opened).toMatchObject({ ok: false, code: 'invalid_payload' });
  });
});

describe('event types', () => {
  it('are known by their exact names only', () => {
    expect(isKnownType('order.created')).toBe(true);
    for (const name of ['', 'order', 'Order.created', '__proto__', 'constructor', 'hasOwnProperty'])
      expect(isKnownType(name)).toBe(false);
  });
});
