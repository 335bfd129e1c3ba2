import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { StartRefused } from '../config/start-up';
import { EVENT_TYPE, isEventType, MAX_EVENT_TYPE } from './built-in';
import { type Compilation, compileDefinition, type CompiledMessage } from './compile';
import { collapseKeyProblem } from './limits';

/** Reads the definitions of a YAML file: a mapping of event types to definitions. Throws a `StartRefused` that names every problem with its line. */
export function readMessagesFile(path: string): Map<string, CompiledMessage> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Missing, a folder, not readable: whatever it is, it must be mended.
    throw refusal(path, [error instanceof Error ? error.message : String(error)]);
  }
  const parsed = parseMessagesFile(text);
  if (!parsed.ok) throw refusal(path, parsed.problems);
  return parsed.messages;
}

function refusal(path: string, problems: readonly string[]): StartRefused {
  const lines = problems.map((problem) => `\n  ${problem}`);
  return new StartRefused(`MESSAGES_FILE ${path} cannot be used:${lines.join('')}`);
}

export function parseMessagesFile(
  text: string,
): { ok: true; messages: Map<string, CompiledMessage> } | { ok: false; problems: string[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const lineOf = (offset: number) => lineCounter.linePos(offset).line;
  if (document.errors.length > 0)
    return {
      ok: false,
      problems: document.errors.map(({ pos, message }) => `line ${lineOf(pos[0])}: ${message}`),
    };
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return { ok: false, problems: ['must be a mapping of event types to definitions'] };

  const messages = new Map<string, CompiledMessage>();
  const problems: string[] = [];
  for (const [type, definition] of Object.entries(content)) {
    /** The line of a field, or of the nearest thing around it that has one. */
    const lineOfField = (field: string): number => {
      for (const path = [type, ...(field === '' ? [] : field.split('.'))]; path.length > 0; path.pop()) {
        const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
        if (node?.range) return lineOf(node.range[0]);
      }
      return 1;
    };
    if (!isEventType(type)) {
      problems.push(
        `line ${lineOfField('')}: ${type}: an event type is ${EVENT_TYPE.source}, at most ${MAX_EVENT_TYPE}`,
      );
      continue;
    }
    const compiled = checked(definition, messages);
    if (compiled.ok) messages.set(type, compiled.message);
    else
      for (const { field, message } of compiled.problems)
        problems.push(`line ${lineOfField(field)}: ${[type, field].filter(Boolean).join(' ')}: ${message}`);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, messages };
}

/** A definition by itself, and beside those before it. */
function checked(definition: unknown, before: ReadonlyMap<string, CompiledMessage>): Compilation {
  const compiled = compileDefinition(definition);
  if (!compiled.ok) return compiled;
  const keys = Array.from(before.values(), (other) => other.definition.collapse_key);
  const message = collapseKeyProblem(compiled.message.definition.collapse_key, keys);
  return message === undefined ? compiled : { ok: false, problems: [{ field: 'collapse_key', message }] };
}
