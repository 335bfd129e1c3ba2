import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ErrorCode } from '../../contract';
import type { Scheme, SignedRequest, Verdict } from './scheme';

/** Of sixteen digits or more a number is no longer exact, but far in the future all the same. */
const TIMESTAMP = /^\d+$/;
const SIGNATURE = /^(?:sha256=)?([0-9a-f]{64})$/;

/**
 * The default source's scheme: `x-timestamp` in Unix seconds and `x-signature`, the lower-case hex HMAC-SHA256 of the raw
 * body, with `sha256=` before it or not.
 */
export const herald: Scheme = (request, settings, nowMs) => {
  const timestamp = request.headers['x-timestamp'];
  if (!timestamp) return refuse('missing_timestamp');
  if (timestamp.length !== 1 || !TIMESTAMP.test(timestamp[0]!)) return refuse('invalid_timestamp');
  const ageS = Math.floor(nowMs / 1000) - Number(timestamp[0]);
  if (ageS > settings.toleranceS) return refuse('request_too_old');
  if (ageS < -settings.toleranceS) return refuse('request_in_future');
  const signature = request.headers['x-signature'];
  if (!signature) return refuse('missing_signature');
  return isSigned(request, signature, settings.secrets) ? { genuine: true } : refuse('invalid_signature');
};

function refuse(code: ErrorCode): Verdict {
  return { genuine: false, code };
}

/** Every secret is tried on every request, whatever is wrong with it: same body, same work. */
function isSigned({ body }: SignedRequest, lines: readonly string[], secrets: readonly string[]): boolean {
  const given = lines.length === 1 ? SIGNATURE.exec(lines[0]!)?.[1] : undefined;
  const claimed = Buffer.from(given ?? '0'.repeat(64), 'hex');
  let genuine = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest();
    if (timingSafeEqual(claimed, expected)) genuine = true;
  }
  return genuine && given !== undefined;
}
