import { fromShorthand, toShorthand } from './shorthand';

describe('shorthand', () => {
  const TEXT =
    '{"event_id":"evt_1","currency":"EUR","total":129.9,"items":[{"sku":"A","quantity":1}],"at":"09:30:00.000Z"}';

  it('has one sign for each common phrase, the one it always had', () => {
    expect(toShorthand(TEXT)).toBe('\u0011evt_1\u0015EUR"\u0016129.9\u0017A\u00191}],"at":"09:30:00\u001e"}');
  });

  it('can be read back, also where phrases overlap or are cut off', () => {
    for (const text of [
      TEXT,
      TEXT + TEXT,
      TEXT.slice(3),
      TEXT.slice(0, 9),
      '{"host":{"host":""',
      '🔑\t\r\n',
      '',
    ])
      expect(fromShorthand(toShorthand(text)!)).toBe(text);
  });

  it('leaves alone what has signs of its own', () => {
    expect(toShorthand('{"host":"\u0001"')).toBeNull();
  });

  it('has a sign of its own for each phrase', () => {
    const signs = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
    const phrases = signs.map(fromShorthand).filter((phrase) => phrase.length > 1);
    expect(new Set(phrases).size).toBe(phrases.length);
    expect(phrases.length).toBe(27);
    for (const phrase of phrases) expect(fromShorthand(toShorthand(phrase)!)).toBe(phrase);
  });
});
