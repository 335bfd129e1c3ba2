import { readTargets, type TargetState, writeTargets } from './known-targets';

const KNOWN = new Map<string, TargetState>([
  ['1f0c9a8b7d6e5f40', 'delivered'],
  ['2f0c9a8b7d6e5f40', 'gone'],
  ['3f0c9a8b7d6e5f40', 'open'],
]);

it('keeps each target as a sign and its key', () => {
  expect(writeTargets(KNOWN)).toEqual(['+1f0c9a8b7d6e5f40', '-2f0c9a8b7d6e5f40', '?3f0c9a8b7d6e5f40']);
});

it('reads what it wrote', () => {
  expect(readTargets(writeTargets(KNOWN))).toEqual(KNOWN);
});

it('knows no targets of an event that was not tried', () => {
  expect(readTargets([])).toEqual(new Map());
});

it('knows until when a parked target waits, and an older Herald takes it for an open one it has not met', () => {
  const known = new Map([['1f0c', { untilMs: 1_796_000_000_000, code: 'QUOTA_EXCEEDED' }]]);
  const texts = writeTargets(known);
  expect(texts).toEqual(['?1f0c@1796000000000:QUOTA_EXCEEDED']);
  expect(readTargets(texts)).toEqual(known);
});
