import type { FieldProblem, MessageOrigin } from '../contract';
import { BUILT_IN } from './built-in';
import { compileDefinition, type CompiledMessage } from './compile';
import { collapseKeyProblem } from './limits';
import type { Expected, MessageStore, StoredVersion, WithdrawAnswer } from './store';

/** A definition in force. `version` and `updatedMs` are those in Redis, or null when it does not come from there. */
export interface Entry {
  origin: MessageOrigin;
  version: number | null;
  updatedMs: number | null;
  message: CompiledMessage;
}

export type DefineResult =
  { ok: true; entry: Entry } | { ok: false; problems: FieldProblem[] } | { ok: false; conflict: number };

type Entries = ReadonlyMap<string, Entry>;

/**
 * The definitions in force: built-in ones, over them those of the file, over them those in Redis. `find` answers from memory;
 * `refresh`, called again and again, notices what was changed by whatever process. Without Redis everybody goes on with
 * what they know.
 */
export class Messages {
  private readonly fixed: Entries;
  private stored: Entries = new Map();
  private revision: string | undefined;
  private refreshing: Promise<void> | undefined;
  private isUpToDate = false;

  constructor(
    private readonly store: MessageStore,
    file: ReadonlyMap<string, CompiledMessage> = new Map(),
    private readonly onUnusable: (type: string, problems: readonly FieldProblem[]) => void = () => {},
  ) {
    this.fixed = new Map([
      ...BUILT_IN_ENTRIES,
      ...Array.from(file, ([type, message]) => fixed('file', type, message)),
    ]);
  }

  /** False from when Redis could not be asked until it could: then somebody else may know more. */
  get isCurrent(): boolean {
    return this.isUpToDate;
  }

  /** The definition for events of a type, as far as this process knows. */
  find(type: string): Entry | undefined {
    return this.stored.get(type) ?? this.fixed.get(type);
  }

  /**
   * As `find`, but asks Redis before it answers that there is none: another process may have taken in an event of a type
   * that was defined a moment ago. Rejects when Redis cannot be asked.
   */
  async look(type: string): Promise<Entry | undefined> {
    const known = this.find(type);
    if (known) return known;
    await this.refreshAnew();
    return this.find(type);
  }

  /** Every definition in force, by event type. */
  list(): [type: string, entry: Entry][] {
    return [...new Map([...this.fixed, ...this.stored])].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Learns what has changed in Redis since the last time. Rejects when Redis cannot be asked; then nothing is forgotten. */
  refresh(): Promise<void> {
    return (this.refreshing ??= this.learn().finally(() => (this.refreshing = undefined)));
  }

  /** Checks a definition and puts it into force, here at once and everywhere soon. Rejects when Redis did not confirm. */
  async define(type: string, definition: unknown, expected?: Expected): Promise<DefineResult> {
    const compiled = compileDefinition(definition);
    if (!compiled.ok) return compiled;
    await this.refresh();
    const problem = this.collapseProblem(type, compiled.message);
    if (problem) return { ok: false, problems: [problem] };
    const text = JSON.stringify(definition);
    const stored = await this.store.define(type, text, expected, this.revision ?? '');
    switch (stored.answer) {
      case 'outdated':
        // Another definition came in between, so somebody always gets on; it is checked beside that one now.
        return this.define(type, definition, expected);
      case 'full':
        return { ok: false, problems: [{ field: '', message: 'there are too many definitions' }] };
      case 'conflict':
        return { ok: false, conflict: stored.version };
      case 'defined':
      case 'unchanged': {
        const { version, updatedMs } = stored;
        const entry = { origin: 'redis', version, updatedMs, message: compiled.message } as const;
        this.stored = new Map(this.stored).set(type, entry);
        // A later change may have been learned before this answer came: all of them are read again.
        this.revision = undefined;
        await this.refreshAnew().catch(() => {
          // It is stored and in force here; that Redis went away just now is for the next question to say.
        });
        return { ok: true, entry };
      }
    }
  }

  /** Takes a definition out of Redis; one of the file or a built-in one is in force again. Rejects as `define`. */
  async withdraw(type: string, expected?: Expected): Promise<WithdrawAnswer> {
    const answer = await this.store.withdraw(type, expected);
    await this.refreshAnew();
    return answer;
  }

  versions(type: string): Promise<StoredVersion[]> {
    return this.store.versions(type);
  }

  /** One that is under way may have looked before what is asked for was there. */
  private async refreshAnew(): Promise<void> {
    await this.refreshing?.catch(() => {
      // Whoever began it is told.
    });
    await this.refresh();
  }

  private async learn(): Promise<void> {
    try {
      const revision = await this.store.revision();
      if (revision !== this.revision) {
        // Read after the revision: what changes in between is read again next time.
        this.stored = this.compiled(await this.store.all());
        this.revision = revision;
      }
      this.isUpToDate = true;
    } catch (error) {
      this.isUpToDate = false;
      throw error;
    }
  }

  private compiled(versions: ReadonlyMap<string, StoredVersion>): Entries {
    const entries = new Map<string, Entry>();
    for (const [type, { version, updatedMs, text }] of versions) {
      const before = this.stored.get(type);
      const compiled =
        before?.version === version && before.updatedMs === updatedMs
          ? { ok: true as const, message: before.message }
          : compileDefinition(JSON.parse(text ?? 'null'));
      if (compiled.ok) entries.set(type, { origin: 'redis', version, updatedMs, message: compiled.message });
      else {
        // Stored by a Herald that knows more than this one: what was in force here stays in force.
        this.onUnusable(type, compiled.problems);
        if (before) entries.set(type, before);
      }
    }
    return entries;
  }

  private collapseProblem(type: string, { definition }: CompiledMessage): FieldProblem | undefined {
    const others = this.list().filter(([other]) => other !== type);
    const keys = others.map(([, { message }]) => message.definition.collapse_key);
    const message = collapseKeyProblem(definition.collapse_key, keys);
    return message === undefined ? undefined : { field: 'collapse_key', message };
  }
}

const BUILT_IN_ENTRIES = Object.entries(BUILT_IN).map(([type, definition]) => {
  const compiled = compileDefinition(definition);
  if (!compiled.ok) throw new Error(`The built-in ${type} is wrong: ${JSON.stringify(compiled.problems)}`);
  return fixed('built_in', type, compiled.message);
});

function fixed(origin: MessageOrigin, type: string, message: CompiledMessage): [string, Entry] {
  return [type, { origin, version: null, updatedMs: null, message }];
}
