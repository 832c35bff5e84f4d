import { describe, expect, it } from 'vitest';
import { RedisInfraError } from '../common/redis-infra.error.js';
import { parseConnectionUrl } from './connection-url.js';

const GOOD: readonly [url: string, parts: object][] = [
  ['redis://h', { mode: 'standalone', host: 'h' }],
  ['redis://h/', { mode: 'standalone', host: 'h' }],
  ['REDIS://h:6380', { mode: 'standalone', host: 'h', port: 6380 }],
  ['redis://h:1/2', { mode: 'standalone', host: 'h', port: 1, db: 2 }],
  ['redis://h?db=2', { mode: 'standalone', host: 'h', db: 2 }],
  ['redis://my_service.ns-1:6379', { mode: 'standalone', host: 'my_service.ns-1', port: 6379 }],
  ['redis://bücher.example', { mode: 'standalone', host: 'bücher.example' }],
  ['rediss://h:6380/0', { mode: 'standalone', host: 'h', port: 6380, db: 0, tls: true }],
  ['redis://:p@h', { mode: 'standalone', host: 'h', password: 'p' }],
  ['redis://u@h', { mode: 'standalone', host: 'h', username: 'u' }],
  ['redis://u:p@h', { mode: 'standalone', host: 'h', username: 'u', password: 'p' }],
  ['redis://u:p:q@h', { mode: 'standalone', host: 'h', username: 'u', password: 'p:q' }],
  ['redis://u:p@q@h', { mode: 'standalone', host: 'h', username: 'u', password: 'p@q' }],
  ['redis://:@h', { mode: 'standalone', host: 'h' }],
  ['redis://u%3A:p%2F%40%25%20%C3%BC@h', { mode: 'standalone', host: 'h', username: 'u:', password: 'p/@% ü' }],
  ['redis://u:a+b@h', { mode: 'standalone', host: 'h', username: 'u', password: 'a+b' }],
  ['redis://[::1]', { mode: 'standalone', host: '::1' }],
  [
    'redis://u:p@[2001:db8::1]:7000/3',
    { mode: 'standalone', host: '2001:db8::1', port: 7000, db: 3, username: 'u', password: 'p' },
  ],
  ['redis://[fe80::1%25eth0]:7000', { mode: 'standalone', host: 'fe80::1%eth0', port: 7000 }],
  ['redis+unix:///run/redis.sock', { mode: 'standalone', path: '/run/redis.sock' }],
  ['redis+unix:///run/user@1/a%20b.sock?db=3', { mode: 'standalone', path: '/run/user@1/a b.sock', db: 3 }],
  ['redis+unix://u:p@/run/redis.sock', { mode: 'standalone', path: '/run/redis.sock', username: 'u', password: 'p' }],
  ['redis+sentinel://a/main', { mode: 'sentinel', sentinels: [{ host: 'a' }], sentinelName: 'main' }],
  ['redis+sentinel://a', { mode: 'sentinel', sentinels: [{ host: 'a' }] }],
  [
    'redis+sentinel://u:p@a:1,[::1]:2,c/my%20main/4',
    {
      mode: 'sentinel',
      sentinels: [{ host: 'a', port: 1 }, { host: '::1', port: 2 }, { host: 'c' }],
      sentinelName: 'my main',
      db: 4,
      username: 'u',
      password: 'p',
    },
  ],
  ['rediss+sentinel://a/main', { mode: 'sentinel', sentinels: [{ host: 'a' }], sentinelName: 'main', tls: true }],
  ['redis+cluster://a', { mode: 'cluster', nodes: [{ host: 'a' }] }],
  ['redis+cluster://a/0', { mode: 'cluster', nodes: [{ host: 'a' }] }],
  [
    'rediss+cluster://u:p@a:1,[::1],c:3/',
    {
      mode: 'cluster',
      nodes: [{ host: 'a', port: 1 }, { host: '::1' }, { host: 'c', port: 3 }],
      username: 'u',
      password: 'p',
      tls: true,
    },
  ],
  ['memory://', { mode: 'memory' }],
];

/** Every `S3cret` is at a position where a password, or a part of one, may be. */
const BAD: readonly [url: unknown, message: RegExp][] = [
  [undefined, /non-empty string/],
  ['', /non-empty string/],
  [6379, /non-empty string/],
  ['h:6379', /must begin with a scheme: redis:\/\//],
  ['user:S3cret@h', /must begin with a scheme/],
  ['redis:S3cret@h', /must begin with a scheme/],
  ['user:S3cret://h', /must begin with a scheme/],
  ['http://S3cret@h', /unknown scheme 'http'/],
  ['toString://h', /unknown scheme 'toString'/],
  ['redis+tcp://h', /unknown scheme 'redis\+tcp'; known are redis:\/\//],
  ['redis://', /must name a host/],
  ['redis://:6379', /must name a host/],
  ['redis:///2', /must name a host/],
  ['redis://:S3cret@', /must name a host/],
  ['redis://:S3cret@h:0', /from 1 to 65535/],
  ['redis://:S3cret@h:65536', /from 1 to 65535/],
  ['redis://:S3cret@h:', /from 1 to 65535/],
  ['redis://:S3cret@h:6379x', /from 1 to 65535/],
  ['redis://:S3cret@h:-1', /from 1 to 65535/],
  ['redis://:S3cret@h/x', /whole number as its database/],
  ['redis://:S3cret@h/-1', /whole number as its database/],
  ['redis://:S3cret@h/1.5', /whole number as its database/],
  ['redis://:S3cret@h/2147483648', /from 0 to 2147483647/],
  ['redis://:S3cret@h/1/2', /too many or empty parts/],
  ['redis://:S3cret@h//2', /too many or empty parts/],
  ['redis://:S3cret@h/1?db=2', /database twice/],
  ['redis://:S3cret@h?db=', /whole number as its database/],
  ['redis://h?password=S3cret', /unknown parameter/],
  ['redis://h?db=1&password=S3cret', /unknown parameter/],
  ['redis://:S3cret@h#x', /must not contain '#'/],
  ['redis://:S3c#ret@h', /must not contain '#'.*percent-encoded/],
  ['redis://:S3c/ret@h', /'@' after its hosts.*percent-encoded/],
  ['redis://:S3c?ret@h', /'@' after its hosts.*percent-encoded/],
  ['redis://:S3c ret@h', /white space/],
  ['redis://:S3cret@h\n', /white space/],
  ['redis://:S3cret%@h', /without a valid percent-encoding/],
  ['redis://:S3cret%ff@h', /without a valid percent-encoding/],
  ['redis://:S3cret@a,b', /must name one host/],
  ['redis://::1', /'host', 'host:port' or/],
  ['redis://::1:6379', /'host', 'host:port' or/],
  ['redis://2001:db8::1', /'host', 'host:port' or/],
  ['redis://[::1', /'host', 'host:port' or/],
  ['redis://[S3cret]', /IPv6 address between the brackets/],
  ['redis://[::1]x', /'host', 'host:port' or/],
  ['redis://h%2fS3cret', /host name or an IP address/],
  ['redis+unix://', /path of a socket/],
  ['redis+unix:///', /path of a socket/],
  ['redis+unix://S3cret/run/redis.sock', /redis\+unix:\/\/\/path\/to\/socket/],
  ['redis+unix://:S3c/ret@/run/redis.sock', /redis\+unix:\/\/\/path\/to\/socket/],
  ['redis+unix:///run/redis.sock?family=4', /unknown parameter/],
  ['redis+sentinel:///main', /must name a host/],
  ['redis+sentinel://:S3cret@a,,b/main', /must name a host/],
  ['redis+sentinel://a,b,/main', /must name a host/],
  ['redis+sentinel://a/main/x', /whole number as its database/],
  ['redis+sentinel://a/main/0/1', /too many or empty parts/],
  ['redis+sentinel://:S3c/ret@a/main', /'@' after its hosts/],
  ['redis+sentinel://a/main%', /without a valid percent-encoding/],
  ['redis+cluster://', /must name a host/],
  ['redis+cluster://a/1', /only database 0/],
  ['redis+cluster://a?db=1', /only database 0/],
  ['redis+cluster://a:1,b:99999', /from 1 to 65535/],
  ['memory://x', /nothing more/],
  ['memory:///0', /nothing more/],
  ['memory://:S3cret@', /nothing more/],
];

describe('a connection url', () => {
  it.each(GOOD)('%s is parsed', (url, parts) => {
    expect(parseConnectionUrl(url, 'url')).toEqual(parts);
  });

  it.each(BAD)('%s is refused with an error that does not contain its text', (url, message) => {
    const error = refusal(() => parseConnectionUrl(url, 'connection.url'));
    expect(error).toBeInstanceOf(RedisInfraError);
    expect(error).toMatchObject({ code: 'OPTION_INVALID', context: { path: 'connection.url' } });
    expect(error.message).toMatch(message);
    expect(error.cause).toBeUndefined();
    expect(error.stack).not.toMatch(/S3c|ret@/);
  });
});

function refusal(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not refused');
}
