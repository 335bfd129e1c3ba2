/** `'a' in topics && ('b' in topics || !('c' in topics))` */
export interface Condition {
  topics: string[];
  /** Whether a device that follows these topics is meant. */
  matches(followed: ReadonlySet<string>): boolean;
}

type Test = Condition['matches'];

const TOKEN = /\s*(?:('[^']*')\s+in\s+topics\b|(&&|\|\||!|\(|\)))/y;

/** Reads a condition as FCM writes them; undefined when it is none. `&&` binds closer than `||`. */
export function readCondition(text: string): Condition | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    tokens.push(found[1] ?? found[2] ?? '');
    end = TOKEN.lastIndex;
  }
  if (text.slice(end).trim() !== '') return undefined;
  const topics = tokens.filter((token) => token.startsWith("'")).map((token) => token.slice(1, -1));
  let at = 0;
  const take = (token: string) => tokens[at] === token && ++at > 0;

  const chain = (operator: string, part: () => Test | undefined, join: (tests: Test[]) => Test) => () => {
    const tests: Test[] = [];
    do {
      const test = part();
      if (!test) return undefined;
      tests.push(test);
    } while (take(operator));
    return join(tests);
  };
  const single = (): Test | undefined => {
    if (take('!')) {
      const test = single();
      return test && ((followed) => !test(followed));
    }
    if (take('(')) {
      const test = either();
      return test && take(')') ? test : undefined;
    }
    const token = tokens[at++];
    return token?.startsWith("'") ? (followed) => followed.has(token.slice(1, -1)) : undefined;
  };
  const all = chain('&&', single, (tests) => (followed) => tests.every((test) => test(followed)));
  const either: () => Test | undefined = chain(
    '||',
    all,
    (tests) => (followed) => tests.some((test) => test(followed)),
  );

  const matches = either();
  return matches && at === tokens.length ? { topics, matches } : undefined;
}
