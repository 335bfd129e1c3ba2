import { join } from 'node:path';
import { Script } from '../redis/script';

const command = (verb: string) => new Script(join(__dirname, `commands/${verb}.lua`));

/** Every change of an event's state, and what goes with it; each file's header says what it takes and answers. */
export const COMMANDS = {
  enqueue: command('enqueue'),
  begin: command('begin'),
  complete: command('complete'),
  retry: command('retry'),
  bury: command('bury'),
  replay: command('replay'),
  promote: command('promote'),
  reclaim: command('reclaim'),
  purge: command('purge'),
  mend: command('mend'),
  retire: command('retire'),
  watch: command('watch'),
  memory: command('memory'),
  handBack: command('hand-back'),
  stopLine: command('stop-line'),
  probeLine: command('probe-line'),
  resumeLine: command('resume-line'),
  signOfLife: command('sign-of-life'),
  audit: command('audit'),
  oldest: command('oldest'),
  agree: command('agree'),
};
