import {
  flag,
  fraction,
  httpUrl,
  integer,
  milliseconds,
  oneOf,
  pem,
  proxies,
  proxyUrl,
  redisUrl,
  secret,
  secrets,
  text,
} from './parsers';

type Parser = () => { _parse(text: string): unknown };

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----';

interface Case {
  name: string;
  parser: Parser;
  takes: [text: string, value: unknown][];
  refuses: string[];
  says: RegExp;
}

const CASES: Case[] = [
  {
    name: 'integer',
    parser: integer(0, 65_535),
    takes: [
      ['0', 0],
      ['65535', 65_535],
      [' 8080 ', 8080],
      ['007', 7],
    ],
    refuses: ['65536', '-1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '', '9'.repeat(16), '12abc'],
    says: /whole number from 0 to 65535/,
  },
  {
    name: 'fraction',
    parser: fraction,
    takes: [
      ['0', 0],
      ['1', 1],
      ['0.25', 0.25],
      ['.5', 0.5],
    ],
    refuses: ['1.01', '-0.1', '1e-1', '', 'half', '0.1.2'],
    says: /number from 0 to 1/,
  },
  { name: 'text', parser: text, takes: [[' herald ', 'herald']], refuses: [' '], says: /not empty/ },
  {
    name: 'flag',
    parser: flag,
    takes: [
      ['true', true],
      ['false', false],
      ['on', true],
      ['off', false],
      [' true ', true],
    ],
    refuses: ['TRUE', '1', '0', 'yes', 'constructor', '__proto__'],
    says: /`true` or `false`/,
  },
  {
    name: 'oneOf',
    parser: oneOf('true', 'validate', 'false'),
    takes: [
      ['validate', 'validate'],
      ['false', 'false'],
    ],
    refuses: ['False', 'none'],
    says: /`true` or `validate` or `false`/,
  },
  {
    name: 'milliseconds',
    parser: milliseconds,
    takes: [
      ['1000,4000,10000', [1000, 4000, 10_000]],
      ['0, 5', [0, 5]],
      [' ', []],
    ],
    refuses: ['1000,', ',1', '1s', '-1', '86400001', '1;2', Array(21).fill('1').join()],
    says: /milliseconds with commas/,
  },
  {
    name: 'secrets',
    parser: secrets(4),
    takes: [
      ['abcd', ['abcd']],
      ['abcd , efgh', ['abcd', 'efgh']],
    ],
    refuses: ['abc', 'abcd,', 'abcd,e', ''],
    says: /at least 4 characters, several with commas/,
  },
  {
    name: 'secret',
    parser: secret(4),
    takes: [['ab,d', 'ab,d']],
    refuses: ['abc', 'a   '],
    says: /at least 4/,
  },
  {
    name: 'pem',
    parser: pem,
    takes: [
      [PEM, PEM],
      [PEM.replaceAll('\n', '\\n'), PEM],
    ],
    refuses: ['MIIE', 'BEGIN PRIVATE KEY'],
    says: /PEM/,
  },
  {
    name: 'httpUrl',
    parser: httpUrl,
    takes: [
      ['https://fcm.googleapis.com', 'https://fcm.googleapis.com'],
      ['http://127.0.0.1:9000//', 'http://127.0.0.1:9000'],
    ],
    refuses: ['fcm.googleapis.com', 'ftp://a', 'https://', 'file:///etc/passwd'],
    says: /https:\/\//,
  },
  {
    name: 'redisUrl',
    parser: redisUrl,
    takes: [
      ['redis://localhost:6379', 'redis://localhost:6379'],
      ['rediss://user:pw@host:6380/1', 'rediss://user:pw@host:6380/1'],
      ['redis://a:1,redis://b:2', 'redis://a:1,redis://b:2'],
      ['sentinel://a:26379,b:26379/main', 'sentinel://a:26379,b:26379/main'],
    ],
    refuses: [
      'localhost:6379',
      'redis://',
      'redis://a,b',
      'redis://a,',
      'sentinel://a:1',
      'http://a',
      'redis://a b',
    ],
    says: /Redis Cluster/,
  },
  {
    name: 'proxies',
    parser: proxies,
    takes: [
      ['2', 2],
      ['127.0.0.1', ['127.0.0.1']],
      ['10.0.0.0/8, ::1, fd00::/8', ['10.0.0.0/8', '::1', 'fd00::/8']],
    ],
    refuses: [
      'true',
      'loopback',
      '10.0.0.0/33',
      '::1/129',
      'dead',
      '10.0.0',
      '1.2.3.4/',
      '1.2.3.4/8/8',
      '127.0.0.1,',
    ],
    says: /count of proxies/,
  },
  {
    name: 'a proxy',
    parser: proxyUrl,
    takes: [
      ['http://proxy:3128', 'http://proxy:3128/'],
      ['https://me:p%40ss@proxy', 'https://me:p%40ss@proxy/'],
      ['proxy:3128', 'http://proxy:3128/'],
      ['10.0.0.1:8080', 'http://10.0.0.1:8080/'],
    ],
    refuses: ['socks5://proxy:1080', 'http://', 'http://me:100%@proxy', 'http://proxy:99999'],
    says: /address of a proxy/,
  },
];

describe.each(CASES)('$name', ({ parser, takes, refuses, says }) => {
  it.each(takes)('reads %j as %j', (given, value) => {
    expect(parser()._parse(given)).toEqual(value);
  });

  it.each(refuses)('refuses %j and says what it wants', (given) => {
    expect(() => parser()._parse(given)).toThrow(says);
  });

  it('says the same whatever it got, so that no value leaks', () => {
    expect(new Set(refuses.map((given) => messageOf(() => parser()._parse(given)))).size).toBe(1);
  });
});

function messageOf(run: () => unknown): string {
  try {
    return `took it: ${String(run())}`;
  } catch (error) {
    return (error as Error).message;
  }
}
