import { join } from 'node:path';
import { Script } from '../redis/script';

const command = (verb: string) => new Script(join(__dirname, `commands/${verb}.lua`));

/** Every look at devices and every change of them; each file's header says what it takes and answers. */
export const COMMANDS = {
  register: command('register'),
  touch: command('touch'),
  signOut: command('sign-out'),
  targets: command('targets'),
  isOthers: command('is-others'),
  list: command('list'),
  find: command('find'),
  restore: command('restore'),
  setAside: command('set-aside'),
  report: command('report'),
  tally: command('tally'),
  breaker: command('breaker'),
  topicTake: command('topic-take'),
  topicSettle: command('topic-settle'),
  topicWish: command('topic-wish'),
  topicList: command('topic-list'),
};
