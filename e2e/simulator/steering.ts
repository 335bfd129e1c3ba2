import { type Reaction, reactionOf, readSteering, type Request, type Steering } from './behaviours.ts';
import { forgetOldest } from './bounded.ts';

export interface Rule {
  /** Beginning of the tokens it is about; a topic counts as `/topics/<name>`, an empty text is every target. */
  token_prefix: string;
  /** Only messages whose `data.event_id` begins so. */
  event_prefix?: string;
  /** Only messages of this project. */
  project?: string;
  /** Only this share of them, from 0 to 1, by chance. */
  share?: number;
  /** Only the first so many of them. */
  first?: number;
  /** As at the beginning of a token: `unavailable`, `quota-3`, `ok` … */
  behaviour: string;
}

/** What a rule can be about. */
export type Matchers = Pick<Rule, 'token_prefix' | 'event_prefix' | 'project'>;

/** What is asked about a message. */
export interface Asked extends Request {
  target: string;
  eventId: string;
}

interface Entry {
  rule: Rule;
  steering: Steering;
  /** How many messages it has been applied to. */
  applied: number;
}

/** Tokens whose number of misbehaviours is remembered; the oldest is forgotten first. */
const REMEMBERED_TOKENS = 100_000;

const keyOf = ({ token_prefix, event_prefix = '', project = '' }: Matchers) =>
  JSON.stringify([token_prefix, event_prefix, project]);

/**
 * Decides what happens to each message. Of the rules that match, the one with the longest token prefix is asked first, then
 * the longest event prefix; one whose share or number does not reach the message leaves it to the next. Without a rule the
 * token says by its first word.
 */
export class SteeringWheel {
  readonly #random: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #misbehaved = new Map<string, number>();
  #sorted: Entry[] = [];

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get rules(): Rule[] {
    return [...this.#entries.values()].map(({ rule }) => rule);
  }

  /** Adds a rule or replaces the one about the same messages. False when there is no such behaviour. */
  put(rule: Rule): boolean {
    const steering = readSteering(rule.behaviour);
    if (!steering) return false;
    this.#entries.set(keyOf(rule), { rule, steering, applied: 0 });
    this.#sort();
    for (const target of this.#misbehaved.keys())
      if (target.startsWith(rule.token_prefix)) this.#misbehaved.delete(target);
    return true;
  }

  remove(matchers: Matchers): void {
    this.#entries.delete(keyOf(matchers));
    this.#sort();
  }

  clear(): void {
    this.#entries.clear();
    this.#misbehaved.clear();
    this.#sort();
  }

  react(asked: Asked): Reaction {
    const steering = this.#steeringOf(asked);
    const wanted = steering && this.#stillMisbehaves(asked.target, steering) ? steering : undefined;
    return reactionOf(wanted, asked);
  }

  #sort(): void {
    const rank = ({ rule: { token_prefix, event_prefix = '', project = '' } }: Entry) => [
      token_prefix.length,
      event_prefix.length,
      project.length,
    ];
    this.#sorted = [...this.#entries.values()].sort((a, b) => {
      const [ranks, others] = [rank(a), rank(b)];
      const differs = ranks.findIndex((length, index) => length !== others[index]);
      return differs < 0 ? 0 : others[differs]! - ranks[differs]!;
    });
  }

  #steeringOf(asked: Asked): Steering | undefined {
    const entry = this.#sorted.find((each) => this.#applies(each, asked));
    if (!entry) return readSteering(asked.target);
    entry.applied++;
    return entry.steering;
  }

  #applies({ rule, applied }: Entry, { target, eventId, project }: Asked): boolean {
    return (
      target.startsWith(rule.token_prefix) &&
      eventId.startsWith(rule.event_prefix ?? '') &&
      (rule.project === undefined || rule.project === project) &&
      applied < (rule.first ?? Infinity) &&
      (rule.share === undefined || this.#random() < rule.share)
    );
  }

  #stillMisbehaves(target: string, { times }: Steering): boolean {
    if (times === undefined) return true;
    const before = this.#misbehaved.get(target) ?? 0;
    if (before >= times) return false;
    this.#misbehaved.set(target, before + 1);
    forgetOldest(this.#misbehaved, REMEMBERED_TOKENS);
    return true;
  }
}
