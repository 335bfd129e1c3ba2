import { useApi } from '../../test/api';
import { expectProblem } from '../../test/http';
import { hmac, order, post } from '../../test/webhooks';
import { systemClock } from '../config/clock';

const NOW_S = 1_790_000_000;

const api = useApi();

// The last millisecond of its second: ages are counted in whole seconds.
beforeEach(() => void jest.spyOn(systemClock, 'now').mockReturnValue(NOW_S * 1000 + 999));
afterEach(() => jest.restoreAllMocks());

describe('the timestamp of a webhook', () => {
  it('must be there', async () => {
    expectProblem(await post(api, order(), { 'x-timestamp': undefined }), 'missing_timestamp');
  });

  it.each([
    ['empty', ''],
    ['a text', 'yesterday'],
    ['a number and more', `${NOW_S}abc`],
    ['hexadecimal', '0x6AB13B80'],
    ['in scientific notation', '1e9'],
    ['negative', `-${NOW_S}`],
    ['signed', `+${NOW_S}`],
    ['a fraction', `${NOW_S}.5`],
    ['not a number', 'NaN'],
    ['infinite', 'Infinity'],
    ['two words', `${NOW_S} ${NOW_S}`],
    ['a list', `${NOW_S},${NOW_S}`],
    ['given twice', [String(NOW_S), String(NOW_S)]],
  ])('is invalid when it is %s', async (_what, timestamp) => {
    expectProblem(await post(api, order(), { 'x-timestamp': timestamp }), 'invalid_timestamp');
  });

  it.each([
    [NOW_S - 300, 202],
    [NOW_S + 300, 202],
    [` ${NOW_S} `, 202],
    [`000${NOW_S}`, 202],
  ])('may be %p when it is now %#', async (timestamp, status) => {
    expect((await post(api, order(), { 'x-timestamp': String(timestamp) })).status).toBe(status);
  });

  it.each([NOW_S - 301, 0, ' 12 ', 123])('is too old when it is %p', async (timestamp) => {
    const answer = await post(api, order(), { 'x-timestamp': String(timestamp) });
    expect(expectProblem(answer, 'request_too_old').error).toBe('Request too old');
  });

  it.each([NOW_S + 301, NOW_S * 1000])('lies in the future when it is %p', async (timestamp) => {
    expectProblem(await post(api, order(), { 'x-timestamp': String(timestamp) }), 'request_in_future');
  });
});

describe('the signature of a webhook', () => {
  const body = JSON.stringify(order());
  const right = hmac(body);

  it('must be there', async () => {
    expectProblem(await post(api, body, { 'x-signature': undefined }), 'missing_signature');
  });

  it.each([
    ['empty', ''],
    ['too short', right.slice(2)],
    ['too long', `${right}00`],
    ['of an odd length', right.slice(1)],
    ['not hexadecimal', `${right.slice(0, -1)}g`],
    ['in capitals', right.toUpperCase()],
    ['its own prefix twice', `sha256=sha256=${right}`],
    ['of another algorithm', `sha512=${right}`],
    ['in base64', Buffer.from(right, 'hex').toString('base64')],
    ['a list that has the right one', `${right}, ${right}`],
    ['given twice', [right, right]],
    ['all zeros', '0'.repeat(64)],
    ['under another secret', hmac(body, 'another-secret-altogether')],
    ['under an empty secret', hmac(body, '')],
    ['of the timestamp as well', hmac(`${NOW_S}.${body}`)],
    ['of nothing', hmac('')],
    ['very long', 'a'.repeat(10_000)],
  ])('is invalid when it is %s', async (_what, signature) => {
    const answer = await post(api, body, { 'x-signature': signature });
    expect(expectProblem(answer, 'invalid_signature').error).toBe('Invalid signature');
  });

  it.each<[string, string | Buffer]>([
    ['with one byte changed', body.replace('u-1', 'u-2')],
    ['written anew', JSON.stringify(JSON.parse(body), null, 1)],
    ['with a space after it', `${body} `],
    ['with a no-break space after it', `${body}\u00a0`],
    ['with a line break after it', `${body}\r\n`],
    ['with other line breaks', body.replaceAll(',', ',\r\n')],
    ['with a BOM before it', `\ufeff${body}`],
    ['cut short', body.slice(0, -1)],
    ['taken away', ''],
  ])('is invalid for its body %s', async (_what, altered) => {
    expectProblem(await post(api, altered, { 'x-signature': right }), 'invalid_signature');
  });

  it('is over bytes: two bodies that are the same text after decoding have not the same signature', async () => {
    const bytes = (last: number) =>
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([last]), Buffer.from('"}')]);
    const answer = await post(api, bytes(0xfe), { 'x-signature': hmac(bytes(0xff)) });
    expectProblem(answer, 'invalid_signature');
    expectProblem(await post(api, bytes(0xff)), 'invalid_json');
  });
});
