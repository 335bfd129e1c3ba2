/** Characters of a topic's name: https://firebase.google.com/docs/cloud-messaging/topic-messaging. */
const TOPIC_CHARACTERS = /^[a-zA-Z0-9\-_.~%]+$/;
const MAX_TOPIC_NAME = 900;
/** More operators FCM does not take: "up to five topics in a condition". */
const MAX_TOPICS = 5;
const MAX_CONDITION = 1024;

/** What is wrong with a topic's name; undefined when nothing. */
export function topicProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > MAX_TOPIC_NAME) return `a topic has at most ${MAX_TOPIC_NAME} characters`;
  return TOPIC_CHARACTERS.test(name) ? undefined : 'a topic may have A-Z a-z 0-9 - _ . ~ % only';
}

/** What is wrong with a condition such as `'a' in topics && !('b' in topics)`; undefined when nothing. */
export function conditionProblem(condition: string): string | undefined {
  if (condition.length > MAX_CONDITION) return `a condition has at most ${MAX_CONDITION} characters`;
  const words = condition.match(/'[^']*'|&&|\|\||[!()]|\w+|\S/g) ?? [];
  const reader = new ConditionReader(words);
  return reader.problem();
}

/** Whether a value may stand in a topic's name or a condition: then it can neither end a name nor add another. */
export function isTopicPart(value: string): boolean {
  return TOPIC_CHARACTERS.test(value);
}

/** Recursive descent: either := both ('||' both)*, both := one ('&&' one)*, one := '!' one | '(' either ')' | 'name' in topics. */
class ConditionReader {
  private at = 0;
  private topics = 0;
  private readonly problems: string[] = [];

  constructor(private readonly words: readonly string[]) {}

  problem(): string | undefined {
    this.either();
    if (this.at < this.words.length) this.expected('the end or an operator');
    if (this.topics > MAX_TOPICS) this.problems.unshift(`a condition has at most ${MAX_TOPICS} topics`);
    return this.problems[0];
  }

  private either(): void {
    do this.both();
    while (this.take('||'));
  }

  private both(): void {
    do this.one();
    while (this.take('&&'));
  }

  private one(): void {
    while (this.take('!'));
    if (this.take('(')) {
      this.either();
      if (!this.take(')')) this.expected(')');
      return;
    }
    const name = this.words[this.at] ?? '';
    if (!name.startsWith("'") || name.length < 2) return this.expected('a topic in single quotes');
    this.at++;
    this.topics++;
    const problem = topicProblem(name.slice(1, -1));
    if (problem) this.problems.push(`${name}: ${problem}`);
    if (!this.take('in') || !this.take('topics')) this.expected('"in topics"');
  }

  private take(word: string): boolean {
    if (this.words[this.at] !== word) return false;
    this.at++;
    return true;
  }

  private expected(what: string): void {
    const found = this.words[this.at];
    this.problems.push(`expected ${what}${found === undefined ? ' at the end' : ` before ${found}`}`);
    // What follows cannot be understood any more.
    this.at = this.words.length;
  }
}
