const HEALS = 'The workers mend this by themselves within a minute or two; then run the doctor again.';
const LOST =
  'Something deleted keys: eviction, a hand, or a Redis that lost writes. Mend that first, then have the sender send these events again.';
const REPORT =
  'Nothing mends this by itself, and no command of Herald can leave it behind: keep a copy of the append-only file and report it.';

interface Explanation {
  /** What is wrong, in front of whose books it is wrong in. */
  says: string;
  mend: string;
}

/** Everything that can be wrong with the books; `commands/audit.lua` and `audit.ts` find them. */
export const MISTAKES = {
  // Of one event each.
  no_record: { says: 'listed without a record', mend: LOST },
  listed_as: { says: 'not listed under its own status alone', mend: REPORT },
  listed_at: { says: 'not listed at its time of receipt', mend: REPORT },
  no_entry: { says: 'queued or processing without a stream entry', mend: HEALS },
  extra_entry: { says: 'settled or retrying, but with a stream entry', mend: REPORT },
  no_due_time: { says: 'retrying without a due time', mend: HEALS },
  extra_due_time: { says: 'not retrying, but with a due time', mend: REPORT },
  owner: { says: 'processing without an owner, or not processing but with one', mend: REPORT },
  wrong_partition: {
    says: 'in a partition that is not its own',
    mend: 'Set PARTITIONS to what it was when these events were taken in, and start every process again.',
  },

  // Of one entry each.
  stray_entry: { says: 'a stream entry that no event waits for', mend: REPORT },
  unread_entry: {
    says: 'a stream entry that was given to a worker but is pending with none, so that nobody will ever read it',
    mend: HEALS,
  },
  pending_without_entry: { says: 'a pending entry that is not in the stream', mend: HEALS },

  // Of the totals of one partition each.
  taken_in: { says: 'events taken in are not those kept, purged and shed', mend: LOST },
  recount: { says: 'the records are not as many as the counters say', mend: LOST },
  received: { says: 'webhooks received are not the events taken in and the duplicates', mend: REPORT },
  sent: { says: 'fewer events were counted as sent than are listed as sent', mend: REPORT },
} as const satisfies Record<string, Explanation>;

export type MistakeKind = keyof typeof MISTAKES;

/** One kind of mistake in one partition. */
export interface Mistake {
  kind: MistakeKind;
  partition: number;
  /** How often it was found. */
  count: number;
  /** The first of them: an event or a stream entry, and what was found. */
  examples: readonly string[];
}

/** How many examples of a mistake are kept: a store that is lost altogether must not fill the screen, or the memory. */
const EXAMPLES = 3;

/** Collects mistakes by kind and partition. */
export class MistakeList {
  private readonly found = new Map<string, { count: number; examples: string[] } & Omit<Mistake, 'count'>>();

  add(kind: MistakeKind, partition: number, whose: string, what = ''): void {
    const name = `${partition} ${kind}`;
    const mistake = this.found.get(name) ?? { kind, partition, count: 0, examples: [] as string[] };
    this.found.set(name, mistake);
    mistake.count += 1;
    if (mistake.examples.length < EXAMPLES) mistake.examples.push(what ? `${whose} (${what})` : whose);
  }

  get all(): Mistake[] {
    return [...this.found.values()];
  }
}

/** One mistake in one plain line. */
export function sentenceOf({ kind, partition, count, examples }: Mistake): string {
  const more = count > examples.length ? ` and ${count - examples.length} more` : '';
  return `partition ${partition}: ${MISTAKES[kind].says}: ${examples.join(', ')}${more}`;
}
