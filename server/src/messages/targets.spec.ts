import { conditionProblem, topicProblem } from './targets';

describe("a topic's name", () => {
  it.each(['orders', 'a', 'a-b_c.d~e%20', 'x'.repeat(900)])('may be %.20s', (name) => {
    expect(topicProblem(name)).toBeUndefined();
  });

  it.each([
    ['', 'is empty'],
    ['x'.repeat(901), 'a topic has at most 900 characters'],
    ...['/topics/orders', 'a b', 'ü', "a'b", 'a\n'].map((name) => [
      name,
      'a topic may have A-Z a-z 0-9 - _ . ~ % only',
    ]),
  ])('cannot be %.20j', (name, problem) => {
    expect(topicProblem(name)).toBe(problem);
  });
});

describe('a condition', () => {
  it.each([
    "'a' in topics",
    "'a' in topics && 'b' in topics",
    "'a' in topics && ('b' in topics || !('c' in topics))",
    "  !'a'   in topics||'b' in topics ",
    "'a' in topics || 'b' in topics || 'c' in topics || 'd' in topics || 'e' in topics",
  ])('may be %s', (condition) => {
    expect(conditionProblem(condition)).toBeUndefined();
  });

  it.each([
    ['', 'expected a topic in single quotes at the end'],
    ['a in topics', 'expected a topic in single quotes before a'],
    ['"a" in topics', 'expected a topic in single quotes before "'],
    ["'a' in topic", 'expected "in topics" before topic'],
    ["'a", "expected a topic in single quotes before '"],
    ["'a' in topics &&", 'expected a topic in single quotes at the end'],
    ["'a' in topics & 'b' in topics", 'expected the end or an operator before &'],
    ["'a' in topics 'b' in topics", "expected the end or an operator before 'b'"],
    ["('a' in topics", 'expected ) at the end'],
    ["'a b' in topics", "'a b': a topic may have A-Z a-z 0-9 - _ . ~ % only"],
    ["'' in topics", "'': is empty"],
    [Array(6).fill("'a' in topics").join(' && '), 'a condition has at most 5 topics'],
    ['('.repeat(1025), 'a condition has at most 1024 characters'],
  ])('cannot be %.40s', (condition, problem) => {
    expect(conditionProblem(condition)).toBe(problem);
  });
});
