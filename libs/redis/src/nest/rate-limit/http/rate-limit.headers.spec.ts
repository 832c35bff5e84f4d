import { parseList } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import type { PolicyDecision } from '../../../rate-limiter/policy/rate-limit-decision.js';
import { RateLimitHeaders } from './rate-limit.headers.js';
import type { HeaderStyle } from '../policies/rate-limit.options.js';

function decision(policy: string, more: Partial<PolicyDecision> = {}): PolicyDecision {
  return {
    policy,
    allowed: true,
    limit: 100,
    burst: more.limit ?? 100,
    windowMs: 60_000,
    remaining: 50,
    resetMs: 30_000,
    retryAfterMs: undefined,
    shadow: false,
    ...more,
  };
}

function written(
  style: HeaderStyle,
  policies: readonly PolicyDecision[],
  concurrent: readonly string[] = [],
): Record<string, string> {
  const headers: Record<string, string> = {};
  const writer = { setHeader: (_: object, name: string, value: string) => (headers[name] = value) };
  const limits = new RateLimitHeaders(style);
  for (const name of concurrent) limits.markConcurrent(name);
  // The second write uses the cached texts.
  for (let i = 0; i < 2; i++) limits.write(writer, {}, policies);
  return headers;
}

const parsed = (field: string | undefined): [unknown, Record<string, unknown>][] =>
  parseList(field ?? '').map(([value, parameters]) => [value, Object.fromEntries(parameters)]);

describe('the headers of the draft', () => {
  test('have a burst above the limit as quota, over its refill time', () => {
    const headers = written('both', [
      decision('api', { limit: 2, burst: 20, windowMs: 1000, remaining: 19, resetMs: 500 }),
    ]);
    expect(parsed(headers['RateLimit-Policy'])).toEqual([['api', { q: 20, w: 10 }]]);
    expect(parsed(headers.RateLimit)).toEqual([['api', { r: 19, t: 1 }]]);
    expect(headers).toMatchObject({ 'X-RateLimit-Limit': '20', 'X-RateLimit-Remaining': '19' });
    const smaller = written('draft', [decision('api', { burst: 5 })]);
    expect(parsed(smaller['RateLimit-Policy'])).toEqual([['api', { q: 100, w: 60 }]]);
  });

  test('are lists with one item for each policy', () => {
    const headers = written('draft', [
      decision('api'),
      decision('login', { limit: 5, remaining: 0, windowMs: 1500, resetMs: 1 }),
    ]);
    expect(headers).toEqual({
      'RateLimit-Policy': '"api";q=100;w=60, "login";q=5;w=2',
      RateLimit: '"api";r=50;t=30, "login";r=0;t=1',
    });
  });

  test.each(['a"b', 'a\\b', '\\"', 'GET /a/:id', 'ends with \\', 'a, b;q=1', "it's", ' blank '])(
    'carry the name %j as it is',
    (name) => {
      const headers = written('draft', [decision('first'), decision(name)]);
      expect(parsed(headers['RateLimit-Policy'])[1]).toEqual([name, { q: 100, w: 60 }]);
      expect(parsed(headers.RateLimit)[1]).toEqual([name, { r: 50, t: 30 }]);
    },
  );

  test.each([
    ['Zürich', 'Z%C3%BCrich'],
    ['a\r\nSet-Cookie: b', 'a%0D%0ASet-Cookie: b'],
    ['😀', '%F0%9F%98%80'],
    ['\ud83d', '%EF%BF%BD'],
  ])('encode what a header cannot hold of the name %j', (name, encoded) => {
    expect(parsed(written('draft', [decision(name)]).RateLimit)[0]?.[0]).toBe(encoded);
  });

  test('leave out shadow policies, and are absent without other policies', () => {
    expect(written('draft', [decision('a', { shadow: true }), decision('b')]).RateLimit).toBe('"b";r=50;t=30');
    expect(written('both', [decision('a', { shadow: true })])).toEqual({});
  });

  test('have a unit and no window for a concurrency policy', () => {
    expect(written('draft', [decision('work')], ['work'])).toEqual({
      'RateLimit-Policy': '"work";q=100;qu="concurrent-requests"',
      RateLimit: '"work";r=50',
    });
  });

  test('stay within the integers of structured fields', () => {
    const most = decision('most', {
      limit: Number.MAX_SAFE_INTEGER,
      remaining: Number.MAX_SAFE_INTEGER,
      resetMs: Infinity,
    });
    const headers = written('draft', [most, decision('less', { remaining: -0.5, resetMs: -5 })]);
    expect(parsed(headers['RateLimit-Policy'])[0]?.[1]).toEqual({ q: 999_999_999_999_999, w: 60 });
    expect(parsed(headers.RateLimit).map(([, parameters]) => parameters)).toEqual([
      { r: 999_999_999_999_999, t: 999_999_999_999_999 },
      { r: 0, t: 0 },
    ]);
  });

  test('change with the limit or the window of a policy', () => {
    const values: string[] = [];
    const writer = {
      setHeader: (_: object, name: string, value: string) => name === 'RateLimit-Policy' && values.push(value),
    };
    const limits = new RateLimitHeaders('draft');
    for (const more of [{}, { limit: 7 }, { windowMs: 1000 }, {}]) limits.write(writer, {}, [decision('a', more)]);
    expect(values).toEqual(['"a";q=100;w=60', '"a";q=7;w=60', '"a";q=100;w=1', '"a";q=100;w=60']);
  });
});

describe('the legacy headers', () => {
  const legacy = (...policies: PolicyDecision[]): unknown => written('legacy', policies)['X-RateLimit-Limit'];

  test('report the policy with the least remaining', () => {
    expect(written('legacy', [decision('a'), decision('b', { limit: 10, remaining: 3, resetMs: 1001 })])).toEqual({
      'X-RateLimit-Limit': '10',
      'X-RateLimit-Remaining': '3',
      'X-RateLimit-Reset': '2',
    });
  });

  test('report the policy that refuses longest', () => {
    const no = { allowed: false, remaining: 9 };
    expect(legacy(decision('a', { remaining: 0 }), decision('b', { ...no, limit: 2, retryAfterMs: 5 }))).toBe('2');
    expect(
      legacy(decision('a', { ...no, limit: 1, retryAfterMs: 5 }), decision('b', { ...no, limit: 2, retryAfterMs: 9 })),
    ).toBe('2');
    expect(legacy(decision('a', { ...no, limit: 1 }), decision('b', { ...no, limit: 2, retryAfterMs: 9 }))).toBe('1');
  });

  test('are written with those of the draft with both, and not with draft or false', () => {
    expect(Object.keys(written('both', [decision('a')]))).toHaveLength(5);
    expect(written(false, [decision('a')])).toEqual({});
  });
});
