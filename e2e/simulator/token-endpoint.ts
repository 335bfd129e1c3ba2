import { isDelivered } from './behaviours.ts';
import type { Exchange } from './exchange.ts';
import { act } from './http.ts';
import type { Rooms } from './mailbox.ts';

/** `POST /token` of Google's OAuth server. */
export async function takeTokenRequest(exchange: Exchange, { oauth, control }: Rooms): Promise<void> {
  const body = await exchange.body();
  const reaction = control.tokenReaction();
  if (reaction && !isDelivered(reaction)) return act(exchange, reaction);
  const granted = oauth.grant(new URLSearchParams(body ?? ''), Date.now());
  const delayMs = reaction?.kind === 'answer' ? reaction.delayMs : undefined;
  act(exchange, { kind: 'answer', answer: { ...granted, word: 'OK' }, delayMs });
}
