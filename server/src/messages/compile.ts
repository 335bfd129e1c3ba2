import Ajv from 'ajv';
import type { FieldProblem, MessageDefinition, MessageTexts } from '../contract';
import { DEFINITION_SCHEMA } from './definition-schema';
import { SET_BY_HERALD } from './fcm-options';
import { isReservedDataKey, PAYLOAD_BYTES } from './limits';
import { compilePayloadSchema, type PayloadCheck } from './payload-schema';
import { fixedOptionProblem, optionProblem } from './option-problems';
import { type RenderTree, renderTree } from './render-tree';
import { schemaProblems } from './schema-problems';
import { conditionProblem, topicProblem } from './targets';
import {
  inField,
  isTemplate,
  outline,
  parseTemplate,
  type Template,
  TemplateError,
  type TemplateKind,
} from './templates';

/** A template and the field it stands in, for when it cannot be rendered. */
export interface FieldTemplate {
  field: string;
  template: Template;
}

export type CompiledTexts = Readonly<Record<keyof MessageTexts, FieldTemplate>>;

export type CompiledTarget =
  | { kind: 'user'; user: FieldTemplate; fallbackTopic?: FieldTemplate | undefined }
  | { kind: 'topic' | 'condition'; name: FieldTemplate };

/** A definition with everything checked and understood that does not depend on an event. */
export interface CompiledMessage {
  definition: MessageDefinition;
  texts: CompiledTexts;
  locales: ReadonlyMap<string, CompiledTexts>;
  fallback?: CompiledTexts | undefined;
  locale?: FieldTemplate | undefined;
  data: readonly (readonly [key: string, value: FieldTemplate])[];
  target: CompiledTarget;
  notifyBefore?: FieldTemplate | undefined;
  options: Readonly<Record<(typeof PLATFORMS)[number], RenderTree>>;
  checkPayload: PayloadCheck;
}

export type Compilation = { ok: true; message: CompiledMessage } | { ok: false; problems: FieldProblem[] };

export const PLATFORMS = ['android', 'apns', 'webpush'] as const;

/** What each message has in its data, whatever its definition. */
const OWN_DATA_KEYS = ['event_id', 'type'];
const MAX_DATA_KEY = 256;
const MAX_BYTES = 32_768;
/** How many problems are worth telling. */
const MOST_PROBLEMS = 20;

const hasForm = new Ajv({ allErrors: true, strictTypes: false }).compile(DEFINITION_SCHEMA);

/** Checks a definition and makes it ready to compose messages; every problem names its field, a template's also the line. */
export function compileDefinition(value: unknown): Compilation {
  const text = JSON.stringify(value) ?? '';
  if (Buffer.byteLength(text) > MAX_BYTES)
    return { ok: false, problems: [{ field: '', message: `a definition has at most ${MAX_BYTES} bytes` }] };
  if (!hasForm(value)) {
    const problems = schemaProblems(hasForm.errors);
    return { ok: false, problems: problems.slice(0, MOST_PROBLEMS) };
  }
  const compiler = new Compiler(value as unknown as MessageDefinition);
  const message = compiler.compile();
  return compiler.problems.length > 0
    ? { ok: false, problems: compiler.problems.slice(0, MOST_PROBLEMS) }
    : { ok: true, message };
}

class Compiler {
  readonly problems: FieldProblem[] = [];

  constructor(private readonly definition: MessageDefinition) {}

  compile(): CompiledMessage {
    const { definition } = this;
    const { locales = {}, fallback, locale, notify_before: notifyBefore } = definition;
    const texts = this.texts(definition, '');
    const variants = Object.entries(locales).map(
      ([tag, variant]) => [tag, { ...texts, ...this.texts(variant, `locales.${tag}.`) }] as const,
    );
    this.size();
    this.subscription();
    const [android, apns, webpush] = PLATFORMS.map((platform) => this.options(platform));
    return {
      definition,
      texts,
      locales: new Map(variants),
      fallback: fallback && this.texts(fallback, 'fallback.'),
      locale: this.optional(locale, 'locale'),
      data: Object.entries(definition.data ?? {}).map(([key, value]) => [key, this.dataField(key, value)]),
      target: this.target(),
      notifyBefore: this.optional(notifyBefore, 'notify_before'),
      options: { android: android!, apns: apns!, webpush: webpush! },
      checkPayload: this.payload(),
    };
  }

  /** What no payload can make shorter is checked now. */
  private size(): void {
    const { title, body, data = {} } = this.definition;
    const texts = [title, body, ...Object.values(data)].filter((text) => !isTemplate(text));
    const bytes = [...texts, ...Object.keys(data)].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (bytes > PAYLOAD_BYTES)
      this.problems.push({
        field: '',
        message: `title, body and data have ${bytes} bytes, a message at most ${PAYLOAD_BYTES}`,
      });
  }

  private subscription(): void {
    const { subscribe, target } = this.definition;
    if (subscribe === undefined || (target && 'topic' in target && !isTemplate(target.topic))) return;
    this.problems.push({
      field: 'subscribe',
      message: 'needs a target that is one topic, without a template',
    });
  }

  /** The templates among `texts`; what is left out is left out. */
  private texts<T extends Partial<MessageTexts>>(texts: T, path: string) {
    const { title, body } = texts;
    return {
      ...(title !== undefined && { title: this.template(title, `${path}title`) }),
      ...(body !== undefined && { body: this.template(body, `${path}body`) }),
    } as T extends MessageTexts ? CompiledTexts : Partial<CompiledTexts>;
  }

  private template(text: string, field: string, kind: TemplateKind = 'text'): FieldTemplate {
    try {
      if (!text.isWellFormed()) throw new TemplateError('half a surrogate pair is no text');
      return { field, template: parseTemplate(text, kind) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.problems.push({ field, message: error.message });
      return { field, template: { render: () => '' } };
    }
  }

  private optional(text: string | undefined, field: string): FieldTemplate | undefined {
    return text === undefined ? undefined : this.template(text, field);
  }

  private dataField(key: string, value: string): FieldTemplate {
    const field = `data.${key}`;
    const problem = OWN_DATA_KEYS.includes(key)
      ? 'is set by Herald'
      : isReservedDataKey(key)
        ? 'is reserved by FCM'
        : key === '' || key.length > MAX_DATA_KEY || !key.isWellFormed()
          ? `a key has 1 to ${MAX_DATA_KEY} characters`
          : undefined;
    if (problem) this.problems.push({ field, message: problem });
    return this.template(value, field);
  }

  private target(): CompiledTarget {
    const target = this.definition.target ?? { user: '{{ user_id }}' };
    if ('topic' in target)
      return { kind: 'topic', name: this.name(target.topic, 'target.topic', topicProblem) };
    if ('condition' in target)
      return { kind: 'condition', name: this.name(target.condition, 'target.condition', conditionProblem) };
    const { user, fallback_topic: topic } = target;
    return {
      kind: 'user',
      user: this.template(user, 'target.user'),
      fallbackTopic:
        topic === undefined ? undefined : this.name(topic, 'target.fallback_topic', topicProblem),
    };
  }

  /** A topic or condition; around the values of a template it is checked now, with them when it is rendered. */
  private name(text: string, field: string, problemIn: (name: string) => string | undefined): FieldTemplate {
    const template = this.template(text, field, 'topic');
    const name = outline(text, 'x');
    const problem = name === undefined ? undefined : problemIn(name);
    if (problem && !this.problems.some((known) => known.field === field))
      this.problems.push({ field, message: problem });
    return template;
  }

  private options(platform: (typeof PLATFORMS)[number]): RenderTree {
    const options = this.definition[platform];
    this.refuseOurs(options, platform);
    return renderTree(options ?? {}, platform, (text, path) => {
      const { template } = this.template(text, path);
      const problem = fixedOptionProblem(path, text);
      if (problem) this.problems.push({ field: path, message: problem });
      return { render: (scope) => inField(path, () => checkedOption(path, template.render(scope))) };
    });
  }

  private refuseOurs(value: unknown, path: string): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      const field = `${path}.${name}`;
      const reason = SET_BY_HERALD.get(field.toLowerCase());
      if (reason) this.problems.push({ field, message: reason });
      else this.refuseOurs(part, field);
      if (isTemplate(name)) this.problems.push({ field, message: 'a name is no template' });
    }
  }

  private payload(): PayloadCheck {
    const { payload } = this.definition;
    if (payload === undefined) return () => [];
    const compiled = compilePayloadSchema(payload);
    if (compiled.ok) return compiled.check;
    this.problems.push(...compiled.problems);
    return () => [];
  }
}

function checkedOption(path: string, text: string): string {
  const problem = optionProblem(path, text);
  if (problem) throw new TemplateError(problem);
  return text;
}
