import { type Resource, type Signal, linkedSignal } from '@angular/core';
import { type Problem, toProblem } from './problem';

/** The last thing `value` was, kept while it is undefined: the next one is on its way, or failed to come. */
export function keptValue<T>(value: () => T | undefined): Signal<T | undefined> {
  return linkedSignal<T | undefined, T | undefined>({
    source: value,
    computation: (current, previous) => current ?? previous?.value,
  }).asReadonly();
}

/** Why a resource failed, kept while it is asked again so that a retry does not make the page flicker. */
export function keptProblem(resource: Resource<unknown>): Signal<Problem | null> {
  return linkedSignal<{ error: Error | undefined; loading: boolean }, Problem | null>({
    source: () => ({ error: resource.error(), loading: resource.isLoading() }),
    computation: ({ error, loading }, previous) => {
      if (error !== undefined) return toProblem(error);
      return loading ? (previous?.value ?? null) : null;
    },
  }).asReadonly();
}
