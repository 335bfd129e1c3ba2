import { ERROR_CODES } from '../contract';
import { Problem, PROBLEMS, unavailable } from './problem';

describe('the table of problems', () => {
  it('has every code of the contract, and no other', () => {
    expect(Object.keys(PROBLEMS).sort()).toEqual([...ERROR_CODES].sort());
  });

  it.each([
    ['missing_timestamp', 400],
    ['invalid_timestamp', 400],
    ['request_too_old', 400],
    ['request_in_future', 400],
    ['invalid_json', 400],
    ['invalid_payload', 400],
    ['invalid_query', 400],
    ['missing_signature', 401],
    ['invalid_signature', 401],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['unknown_event_type', 404],
    ['unknown_source', 404],
    ['not_found', 404],
    ['request_timeout', 408],
    ['not_replayable', 409],
    ['payload_too_large', 413],
    ['unsupported_encoding', 415],
    ['rate_limited', 429],
    ['internal_error', 500],
    ['queue_unavailable', 503],
  ] as const)('answers %s with %d', (code, status) => {
    expect(new Problem(code).getStatus()).toBe(status);
  });

  it('has the sentences of the contract', () => {
    expect(new Problem('request_too_old').message).toBe('Request too old');
    expect(new Problem('invalid_signature').message).toBe('Invalid signature');
    expect(new Problem('rate_limited').message).toBe('Rate limit exceeded');
  });

  it('has a sentence for people in every row', () => {
    for (const [, sentence] of Object.values(PROBLEMS)) expect(sentence).toMatch(/^[A-Z].{10,}[^.]$/);
  });
});

describe('an unavailable queue', () => {
  it('says when to come again', () => {
    expect(unavailable().extra.retryAfterS).toBeGreaterThan(0);
  });
});
