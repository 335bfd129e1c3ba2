import type { Answer } from './answers.ts';
import type { Reaction } from './behaviours.ts';
import type { Exchange } from './exchange.ts';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const HTML_HEADERS = { 'content-type': 'text/html; charset=utf-8' };

/** Answers JSON, or HTML when the body is a text already. */
export function send(exchange: Exchange, { status, headers, body }: Omit<Answer, 'word'>): void {
  const html = typeof body === 'string';
  const type = html ? HTML_HEADERS : JSON_HEADERS;
  exchange.answer(
    status,
    headers ? { ...type, ...headers } : type,
    html ? body : `${JSON.stringify(body)}\n`,
  );
}

/** Does what was decided, after `delayMs` and what the reaction wants besides. */
export function act(exchange: Exchange, reaction: Reaction, delayMs = 0): void {
  const wait = delayMs + (reaction.kind === 'answer' ? (reaction.delayMs ?? 0) : 0);
  if (wait > 0) setTimeout(actNow, wait, exchange, reaction).unref();
  else actNow(exchange, reaction);
}

function actNow(exchange: Exchange, reaction: Reaction): void {
  switch (reaction.kind) {
    case 'answer':
      return send(exchange, reaction.answer);
    case 'drain':
      exchange.drain();
      return send(exchange, reaction.answer);
    case 'hang':
      return;
    case 'reset':
      return exchange.reset();
    case 'goaway':
      return exchange.goAway();
  }
}
