import type { Clock } from '../config/clock';
import type { AccessTokens, NoAccessToken } from './access-token';
import { classify } from './classify';
import type { Connections } from './connections';
import { within } from './deadline';
import type { DeliveryProvider, DeliveryResult, FailureCause, PushMessage } from './provider';
import { sendRequest } from './send-request';
import { PROXY_REFUSED } from './tunnel';

export interface FcmProviderOptions {
  projectId: string;
  /** FCM checks messages but does not deliver them. */
  validateOnly: boolean;
  /** Deadline of one attempt, waiting for an access token or a connection included. */
  timeoutMs: number;
}

const NO_TOKEN_IN_TIME: NoAccessToken = {
  ok: false,
  problem: 'No access token from Google within the deadline',
};

/** FCM HTTP v1, `messages:send`. It tries once; the one thing it does twice is to send after a refused access token. */
export class FcmProvider implements DeliveryProvider {
  readonly #path: string;

  constructor(
    private readonly options: FcmProviderOptions,
    private readonly connections: Connections,
    private readonly accessTokens: AccessTokens,
    private readonly clock: Clock,
  ) {
    this.#path = `/v1/projects/${encodeURIComponent(options.projectId)}/messages:send`;
  }

  async send(message: PushMessage): Promise<DeliveryResult> {
    const endsAt = performance.now() + this.options.timeoutMs;
    const body = JSON.stringify(sendRequest(message, this.options.validateOnly));
    const first = await this.#attempt(message, body, endsAt);
    return first.refusedToken !== undefined && this.accessTokens.refuse(first.refusedToken)
      ? (await this.#attempt(message, body, endsAt)).result
      : first.result;
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  async #attempt(
    { target }: PushMessage,
    body: string,
    endsAt: number,
  ): Promise<{ result: DeliveryResult; refusedToken?: string }> {
    const found = this.accessTokens.get();
    const access =
      found instanceof Promise ? await within(endsAt - performance.now(), found, NO_TOKEN_IN_TIME) : found;
    if (!access.ok) {
      const code = access.refusedByProxy ? PROXY_REFUSED : 'UNAUTHENTICATED';
      return { result: failed('credentials', code, access.problem) };
    }
    const headers = { authorization: `Bearer ${access.token}` };
    const end = await this.connections.post(
      this.#path,
      body,
      headers,
      Math.max(endsAt - performance.now(), 0),
    );
    switch (end.kind) {
      case 'answered': {
        const result = classify(end.answer, target, this.clock.now());
        const refused =
          end.answer.status === 401 && result.outcome === 'failed' && result.cause === 'credentials';
        return { result, ...(refused && { refusedToken: access.token }) };
      }
      case 'unsent':
        if (end.refusedByProxy)
          return { result: failed('credentials', PROXY_REFUSED, `Not sent: ${end.reason}`) };
        return { result: failed('server', 'UNAVAILABLE', `Not sent, no connection to FCM: ${end.reason}`) };
      case 'lost':
        return { result: { outcome: 'unknown', message: `Sent, but FCM's answer was lost: ${end.reason}` } };
    }
  }
}

function failed(cause: FailureCause, code: string, message: string): DeliveryResult {
  return { outcome: 'failed', cause, code, message };
}
