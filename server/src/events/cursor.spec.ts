import { readCursor, writeCursor } from './cursor';

describe('a cursor', () => {
  it.each([
    { receivedMs: 1_793_534_400_000, id: 'default/evt_1' },
    { receivedMs: 0, id: 'a/b' },
    { receivedMs: 1, id: `source/${'x'.repeat(128)}` },
  ])('of $id survives being written and read', (cursor) => {
    const text = writeCursor(cursor);
    expect(text).toMatch(/^[\w-]+$/);
    expect(readCursor(text)).toEqual(cursor);
  });

  it.each([
    '',
    'not a cursor',
    '1793534400000 default/evt_1',
    Buffer.from('soon default/evt_1').toString('base64url'),
    Buffer.from('-1 default/evt_1').toString('base64url'),
    Buffer.from('1 default/evt 1').toString('base64url'),
    Buffer.from('1 default/evt\n1').toString('base64url'),
    Buffer.from(`1 ${'x'.repeat(301)}`).toString('base64url'),
    Buffer.from('1 ').toString('base64url'),
  ])('is not read from %j', (text) => {
    expect(readCursor(text)).toBeNull();
  });
});
