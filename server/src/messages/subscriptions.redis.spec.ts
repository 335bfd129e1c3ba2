import { useRedis } from '../../test/redis';
import type { MessageDefinition } from '../contract';
import { Messages } from './messages';
import { MessageStore } from './store';
import { subscriptionsOf } from './subscriptions';

const test = useRedis();

async function subscriptions(...definitions: Partial<MessageDefinition>[]) {
  const messages = new Messages(new MessageStore(test.redis, test.prefix));
  for (const [index, definition] of definitions.entries())
    expect(await messages.define(`type-${index}`, { title: 'A', body: 'B', ...definition })).toMatchObject({
      ok: true,
    });
  return subscriptionsOf(messages);
}

const news = (subscribe?: MessageDefinition['subscribe']) => ({ target: { topic: 'news' }, subscribe });

describe('topics that devices follow by themselves', () => {
  it('are those of definitions that say so', async () => {
    expect(await subscriptions(news('all'), { target: { topic: 'sport' } }, {})).toEqual([
      { topic: 'news', platforms: undefined },
    ]);
  });

  it('are for the platforms that are named', async () => {
    expect(await subscriptions(news({ platforms: ['ios'] }))).toEqual([
      { topic: 'news', platforms: ['ios'] },
    ]);
  });

  it('of several definitions are for whomever one of them means', async () => {
    const platforms = (...named: ('ios' | 'web' | 'android')[]) => news({ platforms: named });
    expect(await subscriptions(platforms('ios'), platforms('web', 'ios'))).toEqual([
      { topic: 'news', platforms: ['ios', 'web'] },
    ]);
    expect(await subscriptions(platforms('ios'), news('all'), platforms('web'))).toEqual([
      { topic: 'news', platforms: undefined },
    ]);
  });
});
