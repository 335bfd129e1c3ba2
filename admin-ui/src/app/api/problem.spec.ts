import { HttpErrorResponse, HttpHeaders } from '@angular/common/http';
import { mayPass, toProblem } from './problem';

describe('a problem', () => {
  it('carries the sentence, the details and the request id of the answer', () => {
    const body = {
      error: 'Invalid query',
      code: 'invalid_query',
      request_id: 'r1',
      details: [{ field: 'limit', message: 'must not be greater than 100' }],
    };

    expect(toProblem(new HttpErrorResponse({ status: 400, error: body }))).toMatchObject({
      code: 'invalid_query',
      message: 'Invalid query: limit: must not be greater than 100.',
      request_id: 'r1',
    });
  });

  it('says when no answer came', () => {
    expect(toProblem(new HttpErrorResponse({ status: 0 }))).toMatchObject({ status: 0, code: 'unreachable' });
  });

  it('reads Retry-After', () => {
    const error = { error: 'Rate limit exceeded', code: 'rate_limited', request_id: 'r1' };
    const headers = new HttpHeaders({ 'retry-after': '7' });

    expect(toProblem(new HttpErrorResponse({ status: 429, error, headers })).retry_after_s).toBe(7);
  });

  it('copes with an answer that is not ours', () => {
    expect(toProblem(new HttpErrorResponse({ status: 502, error: '<html>' }))).toMatchObject({
      code: 'unexpected',
      message: 'The server answered 502.',
    });
  });

  it('finds the answer inside another error', () => {
    const cause = new HttpErrorResponse({ status: 0 });

    expect(toProblem(new Error('Resource failed', { cause })).code).toBe('unreachable');
  });

  it.each([
    [0, true],
    [503, true],
    [400, false],
    [404, false],
  ])('with status %i: may pass by itself is %s', (status, passes) => {
    expect(mayPass(toProblem(new HttpErrorResponse({ status })))).toBe(passes);
  });
});
