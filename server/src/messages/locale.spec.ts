import { chooseLocale } from './locale';

const AVAILABLE = ['de', 'de-CH', 'pt-BR', 'zh-Hant', 'ar'];

it.each([
  ['de', 'de'],
  ['de-AT', 'de'],
  ['de-CH', 'de-CH'],
  ['DE_ch', 'de-CH'],
  ['de-CH-1996', 'de-CH'],
  ['pt-BR', 'pt-BR'],
  ['pt', undefined],
  ['zh-Hant-TW', 'zh-Hant'],
  ['zh', undefined],
  ['ar-u-nu-latn', 'ar'],
  ['ar-EG-x-private', 'ar'],
  ['fr', undefined],
  ['', undefined],
  [undefined, undefined],
  ['constructor', undefined],
])('for %s the variant is %s', (wanted, expected) => {
  expect(chooseLocale(wanted, AVAILABLE)).toBe(expected);
});
