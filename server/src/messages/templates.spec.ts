import fc from 'fast-check';
import { Liquid } from 'liquidjs';
import { outline, parseTemplate, type Scope, TemplateError } from './templates';

const render = (text: string, scope: Scope = {}) => parseTemplate(text).render(scope);
/** What parsing, or rendering if it parses, complains of. */
function problem(text: string, scope: Scope = {}): string | undefined {
  try {
    render(text, scope);
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

const HOSTILE: unknown = JSON.parse('{"__proto__":{"secret":1},"toString":0,"constructor":{"x":2}}');

describe('a template', () => {
  it.each<[string, Scope, string]>([
    ['Hello', {}, 'Hello'],
    ['{{ a }}-{{b}}', { a: '1', b: '2' }, '1-2'],
    ['{{ order.items[0].name }}', { order: { items: [{ name: 'tea' }] } }, 'tea'],
    ['{{ n }} {{ yes }} {{ big }}', { n: 1.5, yes: true, big: 1e21 }, '1.5 true 1e+21'],
    ['{{ name | default: "you" }}', {}, 'you'],
    ['{% if vip %}Dear {{ name }}{% else %}Hi{% endif %}', { name: 'Ada' }, 'Hi'],
    ['{% for i in items %}{{ i.n }};{% endfor %}', { items: [{ n: 'a' }, { n: 'b' }] }, 'a;b;'],
    ['{{ items | json }}', { items: [1, { a: 'b' }] }, '[1,{"a":"b"}]'],
    ['{{ items | map: "n" | join: ", " }}', { items: [{ n: 'a' }, { n: 'b' }] }, 'a, b'],
    ['{{ at | date: "%d.%m.%Y %H:%M" }}', { at: '2026-11-24T23:30:00Z' }, '24.11.2026 23:30'],
    ['{{ nothing }}.', { nothing: null }, '.'],
    ['{{ "{{ a }}" }}', {}, '{{ a }}'],
    ['{% raw %}{{ a }}{% endraw %}', {}, '{{ a }}'],
    [' {{- a -}} ', { a: 'x' }, 'x'],
    ['{{ constructor }}', { constructor: 'odd' }, 'odd'],
  ])('%s of %j is %j', (text, scope, expected) => {
    expect(render(text, scope)).toBe(expected);
  });

  it.each([
    '👩‍👩‍👧🍕',
    'طلب ١٢٣',
    'שלום',
    'e\u0301',
    '\u202eabc\u202c',
    '<b>&amp;"\'',
    '{{ x }}',
    '$& $1',
    'a\nb',
  ])('leaves %j as it is, alone and among filters', (value) => {
    expect(render('«{{ value }}»', { value })).toBe(`«${value}»`);
    expect(render('«{{ value | append: "" }}»', { value })).toBe(`«${value}»`);
  });

  it('replaces half a surrogate pair, which nobody could send', () => {
    expect(render('{{ a }}{{ a | append: "!" }}', { a: 'x\ud83c' })).toBe('x\ufffdx\ufffd!');
  });
});

describe('a template that cannot be understood is told with its line', () => {
  it.each([
    ['a\n{{ x | shout }}', 'line 2, column 1: undefined filter: shout'],
    ['a\n\n {% if x %}', 'line 3, column 2: tag {% if x %} not closed'],
    ['{{ a', 'line 1, column 1: output "{{ a" not closed'],
    ['{{}}', 'line 1, column 3: invalid value expression: ""'],
    ['x\n{% shout %}', 'line 2, column 1: tag "shout" not found'],
    ...[
      'include "x"',
      'render "x"',
      'layout "x"',
      'block x',
      'increment x',
      'tablerow i in x',
      'cycle 1',
    ].map((tag) => [`{% ${tag} %}`, `line 1, column 1: tag "${tag.split(' ')[0]}" not found`]),
    ['{{ x | raw }}', 'line 1, column 1: undefined filter: raw'],
    ['x'.repeat(8193), 'parse length limit exceeded'],
  ])('%.40j', (text, expected) => {
    expect(() => parseTemplate(text)).toThrow(new TemplateError(expected));
  });
});

describe('a template that cannot be rendered is told with its line', () => {
  it.each<[string, unknown, string]>([
    ['Hi\n{{ name }}', {}, 'line 2, column 4: undefined variable: name'],
    ['{{ a.b.c }}', { a: {} }, 'line 1, column 4: undefined variable: a.b'],
    ['{{ a }}', { a: {} }, 'line 1, column 1: an object is no text; take a part of it, or the filter json'],
    ['{{ a }}', { a: [] }, 'line 1, column 1: a list is no text; take a part of it, or the filter json'],
    ['{{ a.toString }}', { a: {} }, 'line 1, column 4: undefined variable: a.toString'],
    ['{{ a.secret }}', { a: HOSTILE }, 'line 1, column 4: undefined variable: a.secret'],
    ['{{ constructor }}', {}, 'line 1, column 4: undefined variable: constructor'],
    ['{{ __proto__ }}', {}, 'line 1, column 4: undefined variable: __proto__'],
    [
      '{{ a }}',
      { a: HOSTILE },
      'line 1, column 1: an object is no text; take a part of it, or the filter json',
    ],
    ['{{ "a" | append }}', {}, 'line 1, column 1: append expect 2 arguments'],
    ['{% for i in (1..9999999) %}{% endfor %}', {}, 'line 1, column 1: memory alloc limit exceeded'],
  ])('%j', (text, scope, expected) => {
    expect(problem(text, scope as Scope)).toBe(expected);
  });

  it('takes no longer than its limit, twice', () => {
    const loop = '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}{{ c }}{% endfor %}';
    const started = performance.now();
    expect(problem(`${loop}{% endfor %}{% endfor %}`)).toMatch(/limit exceeded/);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

it('a template filled in by hand is what Liquid makes of it', () => {
  const liquid = new Liquid();
  const name = fc.constantFrom('a', 'b_2', 'Camel');
  const literal = fc.string().filter((text) => !/[{}%]/.test(text));
  const part = fc.oneof(
    literal,
    fc.tuple(name, fc.constantFrom('', ' ', '\t')).map(([n, s]) => `{{${s}${n}${s}}}`),
  );
  const value = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed());
  const scope = fc.record({ a: value, b_2: value, Camel: value });
  fc.assert(
    fc.property(fc.array(part), scope, (parts, values) => {
      expect(render(parts.join(''), values)).toBe(liquid.parseAndRenderSync(parts.join(''), values));
    }),
  );
});

describe('a value in the name of a topic', () => {
  const topic = (text: string, scope: Scope) => parseTemplate(text, 'topic').render(scope);

  it('stands there when a topic may have its characters', () => {
    expect(topic("'{{ city }}' in topics", { city: 'new-york_1.~%' })).toBe("'new-york_1.~%' in topics");
  });

  it.each(["x' in topics || 'all", 'new york', 'köln', ''])('cannot be %j', (city) => {
    expect(() => topic("'{{ city }}' in topics", { city })).toThrow(
      'line 1, column 2: a value in a topic or condition may have A-Z a-z 0-9 - _ . ~ % only',
    );
  });
});

it('an outline shows what stands between outputs, and nothing when there are tags', () => {
  expect(outline('a-{{ b | c: "}" }}-{{d}}', 'x')).toBe('a-x-x');
  expect(outline('{% if a %}b{% endif %}', 'x')).toBeUndefined();
});
