/** All that the bare contenders ask of Redis: one script that remembers an event's id and adds the event to a stream. */
import { Redis } from 'ioredis';

const DEDUPE_TTL_S = 86_400;
const TAKE_IN = `
if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[1]) then return 'duplicate' end
redis.call('XADD', KEYS[2], '*', 'type', ARGV[2], 'payload', ARGV[3])
return 'accepted'`;

const redis = new Redis(process.env.REDIS_URL ?? '', {
  scripts: { takeIn: { lua: TAKE_IN, numberOfKeys: 2 } },
}) as Redis & { takeIn(...args: (string | number)[]): Promise<'accepted' | 'duplicate'> };

export const takeIn = (eventId: string, type: string, payload: string) =>
  redis.takeIn(`seen:${eventId}`, 'events', DEDUPE_TTL_S, type, payload);

export const disconnect = () => redis.disconnect();
