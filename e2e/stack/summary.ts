/** What `npm start` says once everything is up. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { signedRequest } from '../support/sign.ts';
import { STATE } from './paths.ts';
import type { Secrets } from './settings.ts';

export interface Situation {
  port: number;
  workerPort: number;
  /** Missing when messages go to Firebase. */
  simulatorUrl?: string;
  secrets: Secrets;
  /** From the command to this summary. */
  seconds: number;
}

export function summary({ port, workerPort, simulatorUrl, secrets, seconds }: Situation): string {
  const base = `http://localhost:${port}`;
  // During a rotation there are several; each of them is good.
  const secret = secrets.values.WEBHOOK_SECRET.split(',')[0]!.trim();
  return `
Herald is up (${seconds.toFixed(1)} s).

  Console     ${base}/admin/
              sign in with ${secrets.made.ADMIN_TOKEN ?? 'your ADMIN_TOKEN'}
  Messages    ${simulatorUrl ? `${simulatorUrl}  the bundled FCM simulator; nothing leaves this machine` : firebase()}
  Health      ${base}/api/health  and of the worker  http://localhost:${workerPort}/api/health
  Kept in     .herald/  events, secrets, logs

Send an order. The signature is good for 5 minutes; sent twice, it is a duplicate:

${curl(`${base}/api/webhook/order.created`, secret)}

Another one, at any time:

${freshCurl(`${base}/api/webhook/order.created`, secrets)}

Ctrl-C stops everything; events are kept.
`;
}

function firebase(): string {
  const sent = process.env['FCM_DRY_RUN'] === 'false';
  return sent
    ? 'to Firebase, with your credentials'
    : `Firebase credentials found, but FCM_DRY_RUN is ${process.env['FCM_DRY_RUN'] || 'true'}: no phone will ring`;
}

/** One line, ready to paste. */
function curl(url: string, secret: string): string {
  const order = randomBytes(3).toString('hex');
  const { headers, body } = signedRequest(
    { event_id: `order-${order}`, order_id: order, user_id: 'user-1', amount: 42 },
    secret,
  );
  const flags = Object.entries(headers).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
  return `curl -i ${url} ${flags.join(' ')} -d ${quote(body)}`;
}

/** The same, with the time, the id and the signature worked out by the shell. */
function freshCurl(url: string, { made }: Secrets): string {
  const secret = made.WEBHOOK_SECRET
    ? `"$(node -p "require('${join(STATE, 'secrets.json')}').WEBHOOK_SECRET")"`
    : '"$WEBHOOK_SECRET"';
  const body = `B='{"event_id":"order-'$(date +%s)'","order_id":"1","user_id":"user-1"}'`;
  const signature = `$(printf %s "$B" | openssl dgst -sha256 -hmac ${secret} | sed 's/.* //')`;
  return `${body}; curl -i ${url} -H "x-timestamp: $(date +%s)" -H "x-signature: ${signature}" -d "$B"`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
