import { BEHAVIOURS, type Reaction, readSteering, type Request, type Steering } from './behaviours.ts';

export interface Rule {
  /** Beginning of the tokens it is about; a topic counts as `/topics/<name>`, an empty text is every target. */
  token_prefix: string;
  /** As at the beginning of a token: `unavailable`, `quota-3`, `ok` … */
  behaviour: string;
}

/** Tokens whose number of misbehaviours is remembered; the oldest is forgotten first. */
const REMEMBERED_TOKENS = 100_000;

/** Decides what happens to each message: the rule with the longest matching prefix, else what the token begins with. */
export class SteeringWheel {
  readonly #rules = new Map<string, Rule>();
  readonly #misbehaved = new Map<string, number>();

  get rules(): Rule[] {
    return [...this.#rules.values()];
  }

  /** Adds a rule or replaces the one with its prefix. False when there is no such behaviour. */
  put(rule: Rule): boolean {
    if (!readSteering(rule.behaviour)) return false;
    this.#rules.set(rule.token_prefix, rule);
    for (const target of this.#misbehaved.keys())
      if (target.startsWith(rule.token_prefix)) this.#misbehaved.delete(target);
    return true;
  }

  remove(tokenPrefix: string): void {
    this.#rules.delete(tokenPrefix);
  }

  clear(): void {
    this.#rules.clear();
    this.#misbehaved.clear();
  }

  react(target: string, request: Request): Reaction {
    const steering = this.#steeringOf(target);
    const wanted = steering && this.#stillMisbehaves(target, steering) ? steering : { word: 'ok' };
    const behaviour = BEHAVIOURS[wanted.word];
    if (!behaviour) throw new Error(`no behaviour ${wanted.word}`);
    return behaviour.react(request, wanted.number);
  }

  #steeringOf(target: string): Steering | undefined {
    const rule = this.rules
      .filter(({ token_prefix }) => target.startsWith(token_prefix))
      .sort((a, b) => b.token_prefix.length - a.token_prefix.length)[0];
    return readSteering(rule ? rule.behaviour : target);
  }

  #stillMisbehaves(target: string, { times }: Steering): boolean {
    if (times === undefined) return true;
    const before = this.#misbehaved.get(target) ?? 0;
    if (before >= times) return false;
    if (this.#misbehaved.size >= REMEMBERED_TOKENS) {
      const [oldest] = this.#misbehaved.keys();
      if (oldest !== undefined) this.#misbehaved.delete(oldest);
    }
    this.#misbehaved.set(target, before + 1);
    return true;
  }
}
