import { hash } from 'node:crypto';
import type { Target } from './provider';

const SHOWN_CHARACTERS = 6;
const sha256 = (text: string) => hash('sha256', text);

/** How people may see a target: `topic orders`, `condition …`, or `token …a1b2c3 (sha256 12345678)`; never a whole token. */
export function showTarget(target: Target): string {
  if (target.kind === 'topic' || target.kind === 'condition') return `${target.kind} ${addressOf(target)}`;
  const { token } = target;
  // Of a short token, not more than half.
  const shown = token.slice(token.length - Math.min(SHOWN_CHARACTERS, Math.floor(token.length / 2)));
  return `token …${shown} (sha256 ${sha256(token).slice(0, 8)})`;
}

/** 16 hex digits that stay the same for the same target: to remember which targets of an event are settled. */
export function targetKey(target: Target): string {
  const kind = target.kind === 'fid' ? 'token' : target.kind;
  return sha256(`${kind}:${addressOf(target)}`).slice(0, 16);
}

function addressOf(target: Target): string {
  switch (target.kind) {
    case 'token':
    case 'fid':
      return target.token;
    case 'topic':
      return target.topic;
    case 'condition':
      return target.condition;
  }
}
