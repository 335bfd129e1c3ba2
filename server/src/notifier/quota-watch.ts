import type { Governor } from '../quota/governor';
import type { Role } from './background-role';

/** How soon a worker that sends nothing learns of a pause, and operators of what is used, in ms. */
const LOOK_MS = 1000;

/** Has the governor look what the other workers have found, and tell operators. */
export class QuotaWatch implements Role {
  readonly name = 'quota watch';

  constructor(private readonly governor: Pick<Governor, 'watch'>) {}

  async run(): Promise<number> {
    await this.governor.watch();
    return LOOK_MS;
  }
}
