import { lineOfField } from './line-of-field';

const TEXT = JSON.stringify(
  {
    title: 'A: "quoted", {braces}',
    locales: { de: { title: 'B' } },
    android: { notification: { body_loc_args: ['x', 'y'], 'a.b': 1 } },
    body: 'title:\n"title": 1',
  },
  null,
  2,
);
const lineWith = (part: string) => TEXT.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('the line of a field', () => {
  it.each([
    ['title', '"title": "A'],
    ['locales.de.title', '"title": "B"'],
    ['locales', '"locales"'],
    ['android.notification.a.b', '"a.b"'],
    ['body', '"body"'],
  ])('%s is where it stands', (field, part) => {
    expect(lineOfField(TEXT, field)).toBe(lineWith(part));
  });

  it.each([
    ['locales.de.body', '"de"'],
    ['android.notification.body_loc_args.1', '"body_loc_args"'],
  ])('%s is that of the nearest around it', (field, part) => {
    expect(lineOfField(TEXT, field)).toBe(lineWith(part));
  });

  it.each(['', 'unknown', 'titles'])('%j is the first', (field) => {
    expect(lineOfField(TEXT, field)).toBe(1);
  });

  it('is found in a text that is being written', () => {
    expect(lineOfField('{\n  "title": "A",\n  "body": "B', 'title')).toBe(2);
  });
});
