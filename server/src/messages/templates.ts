import { Liquid } from 'liquidjs';
import { isTopicPart } from './targets';

/** The payload of an event, as templates see it. */
export type Scope = Readonly<Record<string, unknown>>;

/** A template that was understood. `render` throws a `TemplateError`. */
export interface Template {
  render(scope: Scope): string;
}

/** What is wrong with a template, with the line, such as `line 2, column 8: undefined variable: name`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Says in which field a template failed. */
export function inField<T>(field: string, what: () => T): T {
  try {
    return what();
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(`${field}: ${error.message}`);
    throw error;
  }
}

/** Characters of one template; FCM takes 4,096 bytes of a whole message. */
const MAX_CHARACTERS = 8192;
/** Ms one rendering may take. Far beyond what any message needs, so that a busy machine does not run into it. */
const RENDER_MS = 250;
/** Items and characters one rendering may make. */
const MEMORY = 1_000_000;

/** Tags without files and without state of their own. */
const TAGS = new Set(['assign', 'break', 'capture', 'case', 'comment', 'continue', 'echo', 'for', 'if']);
for (const tag of ['raw', 'unless', '#']) TAGS.add(tag);
/** `raw` would go round the escape; `sample` would make another message of every attempt. */
const NO_FILTERS = ['raw', 'sample'];

/** What a template is for decides how values are written into it. */
const ENGINES = { text: engine(asText), topic: engine(asTopicPart) };
export type TemplateKind = keyof typeof ENGINES;

function engine(outputEscape: (value: unknown) => string): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // A missing variable may be asked for: `if name`, `name | default: "you"`.
    lenientIf: true,
    timezoneOffset: 0,
    parseLimit: MAX_CHARACTERS,
    renderLimit: RENDER_MS,
    memoryLimit: MEMORY,
    outputEscape,
    // No file system: a template knows nothing but the payload.
    templates: {},
  });
  for (const tag of Object.keys(liquid.tags)) if (!TAGS.has(tag)) delete liquid.tags[tag];
  for (const filter of NO_FILTERS) delete liquid.filters[filter];
  return liquid;
}

/** Understands a template. Throws a `TemplateError`. */
export function parseTemplate(text: string, kind: TemplateKind = 'text'): Template {
  const liquid = ENGINES[kind];
  const parsed = trying(() => liquid.parse(text));
  const render = (scope: Scope) => trying(() => again(() => liquid.renderSync(parsed, scope) as string));
  if (!isTemplate(text)) return { render: () => text };
  const fill = kind === 'text' ? simpleFill(text) : undefined;
  // What is missing or no text is for Liquid to explain.
  return { render: fill ? (scope) => fill(scope) ?? render(scope) : render };
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** A template with a placeholder for each output, to look at what stands between them; undefined when it has tags. */
export function outline(text: string, placeholder: string): string | undefined {
  return text.includes('{%') ? undefined : text.replace(/\{\{.*?\}\}/gs, placeholder);
}

const NO_NAME = new Set(['true', 'false', 'nil', 'null', 'empty', 'blank']);

/**
 * Most templates are text with names in braces. Filling them in by hand gives what Liquid gives, in a tenth of the time.
 * Undefined when the template is anything else; the filling is, when a value is no text.
 */
function simpleFill(text: string): ((scope: Scope) => string | undefined) | undefined {
  const [first = '', ...rest] = text.split(/\{\{[ \t]*([A-Za-z_]\w*)[ \t]*\}\}/);
  const parts = rest.filter((_, index) => index % 2 === 1);
  const names = rest.filter((_, index) => index % 2 === 0);
  if ([first, ...parts].some(isTemplate) || names.some((name) => NO_NAME.has(name))) return undefined;
  return (scope) => {
    let filled = first;
    for (const [index, name] of names.entries()) {
      const value = Object.hasOwn(scope, name) ? scope[name] : undefined;
      if (typeof value !== 'string') return undefined;
      filled += asText(value) + parts[index]!;
    }
    return filled;
  };
}

/** A value as a push shows it: plain text, so nothing is escaped for HTML. */
function asText(value: unknown): string {
  // Half a surrogate pair is JSON, but not Unicode: FCM could not take it.
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || value === undefined) return '';
  if (typeof value === 'object')
    throw new TemplateError(
      `${Array.isArray(value) ? 'a list' : 'an object'} is no text; take a part of it, or the filter json`,
    );
  return (value as number | boolean).toString();
}

function asTopicPart(value: unknown): string {
  const text = asText(value);
  if (!isTopicPart(text))
    throw new TemplateError('a value in a topic or condition may have A-Z a-z 0-9 - _ . ~ % only');
  return text;
}

/** Liquid measures time on the wall: a machine that stood still for a moment is asked a second time. */
function again(render: () => string): string {
  try {
    return render();
  } catch (error) {
    if (error instanceof Error && /render limit exceeded/.test(error.message)) return render();
    throw error;
  }
}

interface LiquidProblem extends Error {
  token?: { getPosition?(): [line: number, column: number] };
  originalError?: Error;
}

function trying<T>(what: () => T): T {
  try {
    return what();
  } catch (error) {
    // Liquid throws for templates that are wrong and for values that are missing; either way it is told, not a crash.
    if (!(error instanceof Error)) throw error;
    const { token, originalError, message } = error as LiquidProblem;
    const [line, column] = token?.getPosition?.() ?? [];
    const reason = (originalError?.message ?? message).replace(/, line:\d+, col:\d+$/, '');
    throw new TemplateError(line === undefined ? reason : `line ${line}, column ${column}: ${reason}`);
  }
}
