import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length } from 'class-validator';
import { checkFields } from './field-problems';

class Dto {
  @Length(1, 5, { message: 'name must be short' })
  @IsString({ message: 'name must be a text' })
  name!: string;

  @Transform(({ value }) => Number(value))
  @IsInt()
  count: number = 7;

  @IsOptional()
  @IsIn(['a', 'b'], { each: true, message: 'letters must be a or b' })
  letters?: string[];
}

const check = (value: unknown, onlyKnown = true) => checkFields(Dto, value, { onlyKnown });

describe('fields', () => {
  it('that are right make an instance, with defaults and transforms', () => {
    expect(check({ name: 'n' })).toEqual({
      ok: true,
      value: Object.assign(new Dto(), { name: 'n', count: 7 }),
    });
    const checked = check({ name: 'n', count: '3', letters: ['a', 'b'] });
    expect(checked).toMatchObject({ ok: true, value: { count: 3, letters: ['a', 'b'] } });
    expect(checked).toHaveProperty('value', expect.any(Dto));
  });

  it('that are wrong are each named once, without their name in the message', () => {
    expect(check({ name: 7, letters: ['a', 'x'] })).toEqual({
      ok: false,
      details: [
        { field: 'name', message: 'must be a text' },
        { field: 'letters', message: 'must be a or b' },
      ],
    });
  });

  it.each([null, undefined, 7, 'text', true, [], [{}]])('cannot stand in %p, which is no object', (value) => {
    expect(check(value)).toEqual({ ok: false, details: [{ field: '', message: 'must be a JSON object' }] });
  });

  it('that nobody knows are refused or ignored', () => {
    expect(check({ name: 'n', x: 1 })).toEqual({
      ok: false,
      details: [{ field: 'x', message: 'is not known here' }],
    });
    const ignored = check({ name: 'n', x: 1 }, false);
    expect(ignored).toMatchObject({ ok: true });
    expect(ignored).not.toHaveProperty('value.x');
  });

  it('that nobody knows are not all told when they are many', () => {
    const value = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x${i}`, i]));
    const checked = check(value);
    expect(checked.ok ? [] : checked.details.length).toBeLessThan(30);
  });

  it('called __proto__ and constructor are fields nobody knows', () => {
    const value: unknown = JSON.parse('{"name":"n","__proto__":{"name":"p"},"constructor":1}');
    expect(check(value, false)).toMatchObject({ ok: true, value: { name: 'n' } });
    expect(check(value)).toMatchObject({
      details: [{ field: '__proto__' }, { field: 'constructor' }],
    });
  });

  it('do not inherit their values', () => {
    expect(check(Object.create({ name: 'n' }))).toMatchObject({ ok: false });
  });

  const NESTED: unknown[] = [{ constructor: 1 }, [{ constructor: {} }], { then: 1 }, [[[]]], {}];
  it.each(NESTED.map((nested) => [nested]))('do not trip over what is nested in them: %j', (nested) => {
    expect(check({ name: nested })).toEqual({
      ok: false,
      details: [{ field: 'name', message: 'must be a text' }],
    });
  });

  it('cost little, however many there are', () => {
    const value = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`x${i}`, i]));
    const wide = { ...value, name: 'n' };
    const start = performance.now();
    check(wide, false);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
