import type { ReadonlyConfig } from '../../config/config';
import type { FieldProblem } from '../../contract';
import { readMessagesFile } from '../../messages/file';
import { Messages } from '../../messages/messages';
import { MessageStore } from '../../messages/store';
import type { RedisClient } from '../../redis/connections';
import { fail, type Finding, ok } from '../checks/check';

/** Whether every message definition can be used: those of the file, and those that are stored. */
export async function messages(redis: RedisClient, config: ReadonlyConfig): Promise<Finding[]> {
  const unusable: Finding[] = [];
  const { file } = config.messages;
  let ofFile: ReturnType<typeof readMessagesFile> | undefined;
  try {
    ofFile = file === undefined ? undefined : readMessagesFile(file);
  } catch (error) {
    // Both processes end at their start because of it.
    unusable.push(fail(error instanceof Error ? error.message : String(error), 'Mend the file.'));
  }
  const tell = (type: string, [first]: readonly FieldProblem[]) => {
    const why = [first?.field, first?.message].filter(Boolean).join(': ');
    const mend = 'Define it again, in the console or with PUT /api/admin/messages/<type>.';
    unusable.push(fail(`The stored definition of ${type} cannot be used: ${why}.`, mend));
  };
  const known = new Messages(new MessageStore(redis, config.redis.prefix), ofFile, tell);
  await known.refresh();
  if (unusable.length > 0) return unusable;
  const list = known.list();
  const of = (wanted: string) => list.filter(([, { origin }]) => origin === wanted).length;
  const types = `${list.length} event ${list.length === 1 ? 'type' : 'types'}`;
  return [ok(`${types}: ${of('built_in')} built in, ${of('file')} of the file, ${of('redis')} stored`)];
}
