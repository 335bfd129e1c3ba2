import type { Clock } from '../config/clock';
import { within } from './deadline';
import { isProxyRefusal } from './tunnel';

export type AccessToken = { ok: true; token: string } | NoAccessToken;

export interface NoAccessToken {
  ok: false;
  problem: string;
  /** It is the proxy on the way to Google that would not have us. */
  refusedByProxy?: true;
}

/** Where the bearer token of a request comes from. */
export interface AccessTokens {
  /** At once, when there is one at hand: every message asks. */
  get(): AccessToken | Promise<AccessToken>;
  /** Says that FCM answered 401 to this token; true when `get` may have a better one now. */
  refuse(token: string): boolean;
}

/** Asks Google for an access token; `afresh`: one that no cache on the way has seen. Rejects when there is none. */
export type FetchToken = (afresh: boolean) => Promise<{ access_token: string; expires_in: number }>;

/** Google's emulators take this word from everybody. */
export const EMULATOR_TOKEN = 'owner';

export class FixedAccessToken implements AccessTokens {
  constructor(private readonly token: string) {}

  get(): AccessToken {
    return { ok: true, token: this.token };
  }

  refuse(): boolean {
    return false;
  }
}

/** Google's libraries hand out a cached token until five minutes before its end; after that a refresh is a real one. */
const REFRESH_AHEAD_MS = 4 * 60_000;
const REFRESH_DEADLINE_MS = 10_000;
/** After a failed refresh the token endpoint is left alone for so long; without it, every message would ask it again. */
const PAUSE_AFTER_FAILURE_MS = 5000;
/** A token younger than this that is refused will not be better when asked for again. */
const FRESH_MS = 60_000;

/** Keeps one access token and renews it ahead of its end; however many ask, one refresh is under way at most. */
export class RefreshedAccessToken implements AccessTokens {
  #current?: { token: string; fetchedAt: number; expiresAt: number };
  #refresh?: Promise<AccessToken>;
  #failure?: { token: NoAccessToken; until: number };
  /** What the last refresh gave was refused, or it gave nothing: the next one must not be answered from any cache. */
  #mustBeNew = false;

  constructor(
    private readonly fetchToken: FetchToken,
    private readonly clock: Clock,
    private readonly deadlineMs = REFRESH_DEADLINE_MS,
  ) {}

  get(): AccessToken | Promise<AccessToken> {
    const now = this.clock.now();
    const { token, expiresAt } = this.#current ?? { token: '', expiresAt: 0 };
    if (expiresAt - REFRESH_AHEAD_MS > now) return { ok: true, token };
    const renewed = this.#renew(now);
    return expiresAt > now ? { ok: true, token } : renewed;
  }

  refuse(token: string): boolean {
    if (this.#current?.token !== token) return true;
    if (Math.abs(this.clock.now() - this.#current.fetchedAt) < FRESH_MS) return false;
    this.#current = undefined;
    this.#mustBeNew = true;
    return true;
  }

  #renew(now: number): Promise<AccessToken> {
    if (this.#refresh) return this.#refresh;
    if (this.#failure && now < this.#failure.until) return Promise.resolve(this.#failure.token);
    const refresh = this.#fetch().finally(() => (this.#refresh = undefined));
    this.#refresh = refresh;
    return refresh;
  }

  async #fetch(): Promise<AccessToken> {
    try {
      const afresh = this.#mustBeNew;
      const fetched = await within(this.deadlineMs, this.fetchToken(afresh), undefined);
      // Google's library has everybody who asks meanwhile wait for the request that is never answered.
      this.#mustBeNew = fetched === undefined;
      if (!fetched) return this.#fail(`no answer within ${this.deadlineMs} ms`);
      const now = this.clock.now();
      this.#current = {
        token: fetched.access_token,
        fetchedAt: now,
        expiresAt: now + fetched.expires_in * 1000,
      };
      this.#failure = undefined;
      return { ok: true, token: fetched.access_token };
    } catch (error) {
      // Google refused the key, or its token endpoint cannot be reached: either way there is no token to send with.
      return this.#fail(firstLine(error), isProxyRefusal(error));
    }
  }

  #fail(reason: string, refusedByProxy = false): AccessToken {
    const problem = `No access token from Google: ${reason}`;
    const token: NoAccessToken = { ok: false, problem, ...(refusedByProxy && { refusedByProxy }) };
    this.#failure = { token, until: this.clock.now() + PAUSE_AFTER_FAILURE_MS };
    return token;
  }
}

const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200) ?? '';
