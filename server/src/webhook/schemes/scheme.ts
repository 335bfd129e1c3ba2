import type { ErrorCode } from '../../contract';

/** A request as a scheme sees it: the exact bytes, and each header with every one of its lines. */
export interface SignedRequest {
  headers: Readonly<Record<string, readonly string[] | undefined>>;
  body: Buffer;
}

export interface SchemeSettings {
  /** All of them verify, so that a secret can be rotated. */
  secrets: readonly string[];
  /** How far a timestamp may be off, in seconds, in both directions. */
  toleranceS: number;
}

/** Whether a request is genuine, or the code of the first reason why not. */
export type Verdict = { genuine: true } | { genuine: false; code: ErrorCode };

/** Judges a request. Pure: it never parses the body, throws or logs. */
export type Scheme = (request: SignedRequest, settings: SchemeSettings, nowMs: number) => Verdict;
