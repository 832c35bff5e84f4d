import { describe, expect, test } from 'vitest';
import type { DecoratorPolicy, InlinePolicy } from './inline-policy.js';
import { mergePolicies, type PolicyLevel } from './merged-policies.js';

const KNOWN = new Set(['login', 'api', 'day']);
const inline = (window: InlinePolicy['window'] = '1m', name?: string): InlinePolicy => ({ limit: 5, window, name });

interface Level {
  readonly policies?: readonly DecoratorPolicy[];
  readonly extend?: boolean;
  readonly skip?: PolicyLevel['skip'];
  readonly defaultName?: string | undefined;
}

function level(fallback: string, { policies, extend = false, skip, ...own }: Level): PolicyLevel {
  const metadata = policies === undefined ? undefined : { policies, costs: [], extend, instance: undefined };
  return { defaultName: 'defaultName' in own ? own.defaultName : fallback, policies: metadata, skip };
}

function names(defaults: readonly string[], ofClass: Level, ofHandler: Level = {}): string[] {
  const levels = [level('/cities', ofClass), level('GET /cities', ofHandler)];
  return mergePolicies(defaults, levels, KNOWN).map(({ name }) => name);
}

const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

describe('the policies of a handler', () => {
  test('are the defaults without decorators', () => {
    expect(names(['api'], {})).toEqual(['api']);
    expect(names([], {})).toEqual([]);
  });

  test('of the class replace the defaults, and those of the handler replace both', () => {
    expect(names(['api'], { policies: ['day'] })).toEqual(['day']);
    expect(names(['api'], { policies: ['day'] }, { policies: ['login'] })).toEqual(['login']);
  });

  test('extend the outer policies with extend', () => {
    expect(names(['api'], { policies: ['day'], extend: true }, { policies: ['login'], extend: true })).toEqual([
      'api',
      'day',
      'login',
    ]);
    expect(names(['api'], {}, { policies: ['login'], extend: true })).toEqual(['api', 'login']);
  });

  test('with one name are replaced by the inner one', () => {
    const outer = inline('1m', 'a');
    const inner = inline('1h', 'a');
    const merged = mergePolicies(
      [],
      [level('', { policies: [outer, 'day'] }), level('', { policies: [inner], extend: true })],
      KNOWN,
    );
    expect(merged).toEqual([
      { name: 'day', inline: undefined },
      { name: 'a', inline: inner },
    ]);
  });

  test('keep the cost of their entry', () => {
    const metadata = { policies: ['login', inline()], costs: [3, undefined], extend: false, instance: undefined };
    const merged = mergePolicies([], [{ defaultName: '/cities', policies: metadata, skip: undefined }], KNOWN);
    expect(merged.map(({ name, cost }) => [name, cost])).toEqual([
      ['login', 3],
      ['/cities', undefined],
    ]);
  });

  test('with an empty list are the outer policies', () => {
    expect(names(['api'], { policies: [] })).toEqual(['api']);
  });

  test('without a name get the default name of class or handler', () => {
    expect(names([], { policies: [inline()] }, { policies: [inline()], extend: true })).toEqual([
      '/cities',
      'GET /cities',
    ]);
  });

  test('without a name in one list get names with their windows, then with numbers', () => {
    const policies = [inline('1m'), inline('1h'), inline(60), inline('1h'), inline('1h'), inline('day')];
    expect(names([], { policies })).toEqual([
      '/cities',
      '/cities 1h',
      '/cities 60s',
      '/cities 1h 2',
      '/cities 1h 3',
      '/cities day',
    ]);
    expect(names([], { policies: [inline('1m', '/cities'), inline('1h')] })).toEqual(['/cities', '/cities 1h']);
  });

  test('without a name get two names when class and handler have the same default name', () => {
    const levels = [
      level('Query.search', { policies: [inline('1m')] }),
      level('Query.search', { policies: [inline('1h')], extend: true }),
    ];
    expect(mergePolicies([], levels, KNOWN).map(({ name }) => name)).toEqual(['Query.search', 'Query.search 1h']);
  });

  test('without a name get different names of at most 128 characters', () => {
    const defaultName = '/x'.repeat(64);
    const policies = [inline('1m'), inline('1h'), inline('1d'), inline('1d')];
    const named = names([], { policies, defaultName });
    expect(new Set(named).size).toBe(4);
    expect(named.map(({ length }) => length)).toEqual([128, 128, 128, 128]);
  });

  test('need a name when there is no default name', () => {
    expect(() => names([], { policies: [inline()], defaultName: undefined })).toThrow(invalid('RateLimit.name'));
    expect(names([], { policies: [inline('1m', 'a'), 'login'], defaultName: undefined })).toEqual(['a', 'login']);
  });
});

describe('@SkipRateLimit', () => {
  test('on a handler removes all policies or the named ones of every level', () => {
    expect(names(['api'], { policies: ['day', 'login'] }, { skip: 'all' })).toEqual([]);
    expect(names(['api'], { policies: ['day', 'login'] }, { skip: ['day'] })).toEqual(['login']);
    expect(names(['api'], {}, { skip: ['api'] })).toEqual([]);
  });

  test('on a class removes policies of the class and the defaults, and not those of its handlers', () => {
    expect(names(['api'], { skip: 'all' })).toEqual([]);
    expect(names(['api'], { skip: 'all' }, { policies: ['login'] })).toEqual(['login']);
    expect(names(['api', 'day'], { skip: ['api'] }, { policies: ['login'], extend: true })).toEqual(['day', 'login']);
  });

  test('accepts a policy that does not apply here, and throws OPTION_INVALID for an unknown one', () => {
    expect(names(['api'], {}, { skip: ['login'] })).toEqual(['api']);
    expect(() => names(['api'], {}, { skip: ['lgoin'] })).toThrow(invalid('SkipRateLimit'));
  });
});
