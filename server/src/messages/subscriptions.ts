import type { Platform } from '../contract';
import type { Messages } from './messages';

/**
 * As `subscriptionsOf`, but asks Redis first when this process may not know all definitions: a device leaves the topics of
 * those it is not told of. Rejects when Redis cannot be asked.
 */
export async function currentSubscriptions(messages: Messages): Promise<ReturnType<typeof subscriptionsOf>> {
  if (!messages.isCurrent) await messages.refresh();
  return subscriptionsOf(messages);
}

/** Topics that devices follow by themselves; of several definitions of one topic, whoever one of them means. */
export function subscriptionsOf(messages: Messages): { topic: string; platforms?: Platform[] | undefined }[] {
  const byTopic = new Map<string, Platform[] | undefined>();
  for (const [, { message }] of messages.list()) {
    const { subscribe, target } = message.definition;
    if (!subscribe || !target || !('topic' in target)) continue;
    const platforms = subscribe === 'all' ? undefined : subscribe.platforms;
    const others = byTopic.get(target.topic);
    const isForAll = !platforms || (byTopic.has(target.topic) && !others);
    byTopic.set(target.topic, isForAll ? undefined : [...new Set([...(others ?? []), ...platforms])]);
  }
  return Array.from(byTopic, ([topic, platforms]) => ({ topic, platforms }));
}
