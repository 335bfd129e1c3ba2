import type { PushMessage, Target } from './provider';

/** The body of `messages:send`, before it is JSON. */
export function sendRequest({ target, ...message }: PushMessage, validateOnly: boolean) {
  return { message: { ...recipientOf(target), ...message }, ...(validateOnly && { validate_only: true }) };
}

function recipientOf(target: Target) {
  switch (target.kind) {
    case 'token':
    case 'fid':
      return { [target.kind]: target.token };
    case 'topic':
      return { topic: target.topic };
    case 'condition':
      return { condition: target.condition };
  }
}
