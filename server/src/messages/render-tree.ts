import { isTemplate, type Scope, type Template } from './templates';

/** Renders one value of an options object; the same object every time when there is no template in it. */
export type RenderTree = (scope: Scope) => unknown;

/**
 * Makes a renderer of a JSON value whose texts may be templates. `parse` is given each of them with its path. Names are
 * never templates. Nothing in it may be changed afterwards: what holds no template is shared by all messages.
 */
export function renderTree(
  value: unknown,
  path: string,
  parse: (text: string, path: string) => Template,
): RenderTree {
  if (typeof value === 'string') {
    const template = parse(value, path);
    return isTemplate(value) ? (scope) => template.render(scope) : () => value;
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const parts = Object.entries(value).map(
    ([name, part]) => [name, renderTree(part, `${path}.${name}`, parse)] as const,
  );
  if (!holdsTemplate(value)) return () => value;
  if (Array.isArray(value)) return (scope) => parts.map(([, render]) => render(scope));
  // `fromEntries` makes fields of their own even of names such as `__proto__`.
  return (scope) => Object.fromEntries(parts.map(([name, render]) => [name, render(scope)]));
}

function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return isTemplate(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate);
}
