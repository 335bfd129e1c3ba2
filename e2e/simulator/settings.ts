import { reactionOf, readSteering, type Reaction } from './behaviours.ts';
import { type Latency, readLatency } from './latency.ts';
import type { OAuth } from './oauth.ts';
import { type QuotaLimits, type Quotas, readQuotas } from './quotas.ts';

/** What can be changed while the simulator runs. */
export interface Settings {
  /** Before each answer of FCM, in ms: `50`, `20-80`, `p50=40,p99=200`. */
  latency: string;
  /** `fcm` for FCM's own, null for none. */
  quotas: QuotaLimits | 'fcm' | null;
  /** `strict`: only access tokens that the token endpoint gave. */
  auth: 'any' | 'strict';
  /** Of access tokens given from now on, in seconds. */
  token_lifetime_s: number;
  /** `ok`, `revoked` (the key of the service account), or a word as at the beginning of a token: `unavailable`, `hang` … */
  token_endpoint: string;
}

type Setter = (value: unknown) => boolean;

/** Applies settings to those they are about. */
export class Control {
  #latencyText = '0';
  #tokenEndpoint = 'ok';
  latency: Latency = () => 0;
  readonly #oauth: OAuth;
  readonly #quotas: Quotas;
  readonly #setters: Record<keyof Settings, Setter>;

  constructor(oauth: OAuth, quotas: Quotas) {
    this.#oauth = oauth;
    this.#quotas = quotas;
    this.#setters = {
      latency: (value) => {
        const latency = readLatency(String(value));
        if (latency) [this.latency, this.#latencyText] = [latency, String(value)];
        return latency !== undefined;
      },
      quotas: (value) => {
        const limits = readQuotas(value);
        if (limits) this.#quotas.set(limits);
        return limits !== undefined;
      },
      auth: (value) => {
        if (value !== 'any' && value !== 'strict') return false;
        this.#oauth.strict = value === 'strict';
        return true;
      },
      token_lifetime_s: (value) => {
        if (typeof value !== 'number' || !(value > 0)) return false;
        this.#oauth.lifetimeS = value;
        return true;
      },
      token_endpoint: (value) => {
        if (typeof value !== 'string' || !(value === 'revoked' || readSteering(value))) return false;
        this.#tokenEndpoint = value;
        this.#oauth.revoked = value === 'revoked';
        return true;
      },
    };
  }

  get settings(): Settings {
    return {
      latency: this.#latencyText,
      quotas: this.#quotas.limits,
      auth: this.#oauth.strict ? 'strict' : 'any',
      token_lifetime_s: this.#oauth.lifetimeS,
      token_endpoint: this.#tokenEndpoint,
    };
  }

  /** Names the first that is wrong; those before it are applied. */
  set(settings: object): string | undefined {
    return Object.entries(settings).find(([name, value]) => {
      const setter = Object.hasOwn(this.#setters, name) ? this.#setters[name as keyof Settings] : undefined;
      return value !== undefined && !setter?.(value);
    })?.[0];
  }

  /** What happens to a request for an access token; undefined when it is answered as usual. */
  tokenReaction(): Reaction | undefined {
    const steering = readSteering(this.#tokenEndpoint);
    if (!steering || steering.word === 'ok') return undefined;
    return reactionOf(steering, { project: '', id: '' });
  }
}
