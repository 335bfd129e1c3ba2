import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import * as fc from 'fast-check';
import { OrderCreatedDto } from '../webhook/order-created.dto';
import { checkFields } from './field-problems';
import { quickCheck } from './quick-check';

class Text {
  @Matches(/^a/)
  @IsString()
  text!: string;
}

class Longer extends Text {
  @Max(5)
  @Min(2)
  @IsInt()
  size!: number;
}

class Choice {
  @IsIn(['x'])
  @IsOptional()
  choice?: string;
}

const fields = fc.record(
  {
    event_id: fc.oneof(fc.string(), fc.constant('evt_1'), fc.integer()),
    order_id: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('o'.repeat(129)), fc.constant('\ud800')),
    user_id: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant(null), fc.object()),
    other: fc.anything(),
  },
  { requiredKeys: [] },
);

it('says yes exactly where class-validator does, with the same fields', () => {
  fc.assert(
    fc.property(fields, (value) => {
      const checked = checkFields(OrderCreatedDto, value, { onlyKnown: false });
      expect(quickCheck(OrderCreatedDto, value)).toEqual(checked.ok ? checked.value : null);
    }),
    { numRuns: 2000 },
  );
});

it('applies inherited rules, and rules with constraints', () => {
  expect(quickCheck(Longer, { text: 'ab', size: 3, more: 1 })).toEqual({ text: 'ab', size: 3 });
  expect(quickCheck(Longer, { text: 'ab', size: 6 })).toBeNull();
  expect(quickCheck(Longer, { text: 'b', size: 3 })).toBeNull();
});

it('takes no field from the prototype', () => {
  expect(quickCheck(Text, Object.create({ text: 'ab' }) as object)).toBeNull();
  expect(quickCheck(Text, JSON.parse('{"__proto__":{"text":"ab"}}') as object)).toBeNull();
});

it.each([null, undefined, 1, 'text', [[]]])('does not take %j for an object', (value) => {
  expect(quickCheck(Text, value)).toBeNull();
});

it('leaves to class-validator what has a condition', () => {
  expect(quickCheck(Choice, {})).toBeNull();
});
