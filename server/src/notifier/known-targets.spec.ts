import { readTargets, type TargetState, writeTargets } from './known-targets';

const KNOWN = new Map<string, TargetState>([
  ['1f0c9a8b7d6e5f40', 'delivered'],
  ['2f0c9a8b7d6e5f40', 'gone'],
  ['3f0c9a8b7d6e5f40', { failures: 2 }],
]);

it('keeps each target as a sign and its key, an open one with its failures', () => {
  expect(writeTargets(KNOWN)).toEqual(['+1f0c9a8b7d6e5f40', '-2f0c9a8b7d6e5f40', '?3f0c9a8b7d6e5f40#2']);
});

it('reads what it wrote', () => {
  expect(readTargets(writeTargets(KNOWN), 3)).toEqual(KNOWN);
});

it('knows no targets of an event that was not tried', () => {
  expect(readTargets([], 0)).toEqual(new Map());
});

it('knows until when a parked target waits', () => {
  const known = new Map([
    ['1f0c', { failures: 0, parked: { untilMs: 1_796_000_000_000, code: 'QUOTA_EXCEEDED' } }],
  ]);
  const texts = writeTargets(known);
  expect(texts).toEqual(['?1f0c#0@1796000000000:QUOTA_EXCEEDED']);
  expect(readTargets(texts, 3)).toEqual(known);
});

it('takes the failures of the event for those of a target that an older Herald wrote down', () => {
  expect(readTargets(['?1f0c', '?2f0c@1796000000000:quota'], 2)).toEqual(
    new Map([
      ['1f0c', { failures: 2 }],
      ['2f0c', { failures: 2, parked: { untilMs: 1_796_000_000_000, code: 'quota' } }],
    ]),
  );
});
