import { stripVTControlCharacters } from 'node:util';
import { fail, ok, warn } from '../checks/check';
import { conclusionOf, lineOf } from './print';

const plain = (...args: Parameters<typeof lineOf>) => stripVTControlCharacters(lineOf(...args));

describe('a row', () => {
  it('is verdict, name and what was found, aligned with every other', () => {
    expect(plain({ name: 'Clock', ...ok("3 ms from Redis' clock") })).toBe(
      "  ok    Clock          3 ms from Redis' clock",
    );
    expect(plain({ name: 'Configuration', ...fail('PORT must be a number') })).toBe(
      '  FAIL  Configuration  PORT must be a number',
    );
  });

  it('says below what to do, and keeps to the width of the terminal', () => {
    const row = {
      name: 'Memory',
      ...warn('It is nearly full of events by now.', 'Raise maxmemory, or add a machine to it.'),
    };
    expect(plain(row, 55)).toBe(
      [
        '  warn  Memory         It is nearly full of events by',
        '                       now.',
        '                       → Raise maxmemory, or add a',
        '                         machine to it.',
      ].join('\n'),
    );
  });

  it('does not break a word that is too long for it', () => {
    const url = 'redis://a-very-long-name-of-a-server.example.test:6379';
    expect(plain({ name: 'Redis', ...ok(url) }, 40)).toContain(url);
  });
});

describe('the conclusion', () => {
  const row = { name: 'Clock' };
  it.each([
    ['Herald is well.', [{ ...row, ...ok('') }]],
    [
      'Nothing must be mended; 2 worth a look.',
      [
        { ...row, ...warn('') },
        { ...row, ...warn('') },
      ],
    ],
    ['1 to mend.', [{ ...row, ...fail('') }]],
    ['2 to mend, 1 worth a look.', [fail(''), warn(''), fail('')].map((each) => ({ ...row, ...each }))],
  ])('%s', (text, rows) => expect(conclusionOf(rows)).toBe(text));
});
