import type { Condition } from './condition.ts';

/** https://firebase.google.com/docs/cloud-messaging/topic-messaging */
const TOPICS_PER_DEVICE = 2000;
const NONE: ReadonlySet<string> = new Set();

/** Who follows what. Kept until it is undone: a topic has as many followers as it likes. */
export class Topics {
  readonly #followers = new Map<string, Set<string>>();
  readonly #followed = new Map<string, Map<string, string>>();

  /** False when the device follows as many topics as it may. `now` in ms since the epoch. */
  subscribe(token: string, topic: string, now: number): boolean {
    const followed = this.#followed.get(token) ?? new Map<string, string>();
    if (!followed.has(topic) && followed.size >= TOPICS_PER_DEVICE) return false;
    followed.set(topic, followed.get(topic) ?? new Date(now).toISOString().slice(0, 10));
    this.#followed.set(token, followed);
    const followers = this.#followers.get(topic) ?? new Set<string>();
    this.#followers.set(topic, followers.add(token));
    return true;
  }

  unsubscribe(token: string, topic: string): void {
    const followed = this.#followed.get(token);
    followed?.delete(topic);
    if (followed?.size === 0) this.#followed.delete(token);
    const followers = this.#followers.get(topic);
    followers?.delete(token);
    if (followers?.size === 0) this.#followers.delete(topic);
  }

  /** The topics of a device, with the day since when. */
  of(token: string): Record<string, { addDate: string }> {
    const followed = this.#followed.get(token) ?? [];
    return Object.fromEntries([...followed].map(([topic, addDate]) => [topic, { addDate }]));
  }

  followers(topic: string): string[] {
    return [...(this.#followers.get(topic) ?? NONE)];
  }

  /** With how many follow each. */
  list(): { topic: string; followers: number }[] {
    return [...this.#followers].map(([topic, { size }]) => ({ topic, followers: size }));
  }

  /** The devices a message is meant for. */
  reach({ topics, matches }: Condition): string[] {
    // Whoever follows none of them can only be meant by a "not".
    const asked = matches(NONE)
      ? this.#followed.keys()
      : new Set(topics.flatMap((topic) => this.followers(topic)));
    return [...asked].filter((token) => matches(new Set(this.#followed.get(token)?.keys())));
  }

  clear(): void {
    this.#followers.clear();
    this.#followed.clear();
  }
}
