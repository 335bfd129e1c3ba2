import type { MessageDefinition } from '../contract';
import { BUILT_IN } from '../messages/built-in';
import { compileDefinition } from '../messages/compile';
import { openEnvelope } from './envelope';

const ORIGIN = { source: 'default', type: 'order.created', headers: { 'x-a': 'b' } };

function open(text: string, definition: Partial<MessageDefinition> = {}, type = 'order.created') {
  const compiled = compileDefinition({ ...BUILT_IN['order.created'], ...definition });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return openEnvelope(Buffer.from(text), { ...ORIGIN, type }, compiled.message);
}

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

describe('the envelope of a type with a definition', () => {
  const ship = (text: string, definition: Partial<MessageDefinition>) =>
    open(text, definition, 'order.shipped');

  it('needs an event_id and nothing else when its definition asks for nothing', () => {
    expect(ship('{"event_id":"e"}', {})).toMatchObject({
      ok: true,
      event: { eventId: 'e', type: 'order.shipped', orderId: '', userId: '' },
    });
    expect(ship('{}', {})).toMatchObject({ details: [{ field: 'event_id', message: 'must be a string' }] });
  });

  it('says which fields that the definition requires are missing', () => {
    const payload = {
      properties: { customer: { required: ['id'] } },
      required: ['customer', 'carrier', 'constructor'],
    };
    expect(ship('{"event_id":"e","customer":{}}', { payload })).toEqual({
      ok: false,
      code: 'invalid_payload',
      details: [
        { field: 'carrier', message: 'is missing' },
        { field: 'constructor', message: 'is missing' },
      ],
    });
    expect(ship('{"event_id":"e","carrier":"x","constructor":0,"customer":{}}', { payload })).toMatchObject({
      details: [{ field: 'customer.id', message: 'is missing' }],
    });
  });

  it('can be found by the user its definition finds, and by its order', () => {
    const target = { user: '{{ customer.id }}' };
    expect(ship('{"event_id":"e","order_id":"A-1","customer":{"id":"ada"}}', { target })).toMatchObject({
      event: { userId: 'ada', orderId: 'A-1' },
    });
    const tooLong = JSON.stringify({ event_id: 'e', order_id: 7, customer: { id: 'x'.repeat(129) } });
    expect(ship(tooLong, { target })).toMatchObject({ event: { userId: '', orderId: '' } });
  });

  it('of an order.created has what the contract says even if its definition asks for less', () => {
    const target = { topic: 'orders' };
    expect(open('{"event_id":"e","user_id":"u"}', { target })).toMatchObject({
      details: [{ field: 'order_id', message: 'must be a string' }],
    });
    const whole = '{"event_id":"e","user_id":"u","order_id":"o"}';
    expect(open(whole, { target })).toMatchObject({ event: { userId: 'u', orderId: 'o' } });
  });
});
