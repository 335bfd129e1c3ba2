import { join } from 'node:path';
import { Script } from '../redis/script';

const command = (verb: string) => new Script(join(__dirname, `commands/${verb}.lua`));

/** What workers ask of the buckets they share; each file's header says what it takes and answers. */
export const COMMANDS = {
  grant: command('grant'),
  pause: command('pause'),
  throttle: command('throttle'),
  admitDevice: command('admit-device'),
  blockDevice: command('block-device'),
};
