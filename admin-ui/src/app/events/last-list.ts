import { Service, signal } from '@angular/core';
import type { Params } from '@angular/router';

/** Filter and page of the list that was seen last, so that an event leads back to it. */
@Service()
export class LastList {
  readonly params = signal<Params>({});
}
