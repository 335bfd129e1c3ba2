import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Answer } from './classify';
import { isProxyRefusal } from './tunnel';

/** How one HTTP exchange ended. */
export type ExchangeEnd =
  | { kind: 'answered'; answer: Answer }
  /** Not one byte of the request left: nothing can have been delivered. */
  | { kind: 'unsent'; reason: string; timedOut: boolean; refusedByProxy?: true }
  /** The request left, the answer did not come. */
  | { kind: 'lost'; reason: string };

/** FCM's answers have some hundred bytes; a proxy's page may have any number. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * One request and its answer, as undici reports them. It ends at its deadline at the latest, whatever the connection does;
 * what undici says afterwards is not listened to. The stream itself is then left to undici's own timeout, which also probes
 * whether the connection is alive at all.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly end: Promise<ExchangeEnd>;
  readonly #deadline: NodeJS.Timeout;
  #settle!: (end: ExchangeEnd) => void;
  #ended = false;
  #sent = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(deadlineMs: number) {
    this.end = new Promise((resolve) => (this.#settle = resolve));
    this.#deadline = setTimeout(() => this.#finishWithout('no answer before the deadline', true), deadlineMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) controller.abort(new Error('its deadline has passed'));
    else this.#sent = true;
  }

  onResponseStart(_: unknown, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else this.onResponseEnd();
    if (this.#ended) controller.abort(new Error('no more is read'));
  }

  onResponseEnd(): void {
    const answer = {
      status: this.#status,
      headers: this.#headers,
      body: Buffer.concat(this.#chunks).toString('utf8'),
    };
    this.#finish({ kind: 'answered', answer });
  }

  onResponseError(_: unknown, error: Error): void {
    if (isProxyRefusal(error)) this.#finishWithout(error.message, false, true);
    else this.#finishWithout(reasonOf(error), false);
  }

  #finishWithout(reason: string, timedOut: boolean, refusedByProxy = false): void {
    if (this.#sent) this.#finish({ kind: 'lost', reason });
    else this.#finish({ kind: 'unsent', reason, timedOut, ...(refusedByProxy && { refusedByProxy }) });
  }

  #finish(end: ExchangeEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#settle(end);
  }
}

/** An `AggregateError` (several addresses tried) has no message of its own, so the code comes first. */
function reasonOf(error: Error & { code?: unknown }): string {
  return [typeof error.code === 'string' ? error.code : '', error.message].filter(Boolean).join(': ');
}
