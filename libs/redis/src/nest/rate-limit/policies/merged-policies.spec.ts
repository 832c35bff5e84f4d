import { describe, expect, test } from 'vitest';
import type { DecoratorPolicy, InlinePolicy } from './inline-policy.js';
import { mergePolicies, type PolicyLevel } from './merged-policies.js';

const KNOWN = new Set(['login', 'api', 'day']);
const inline = (window: InlinePolicy['window'] = '1m', name?: string): InlinePolicy => ({ limit: 5, window, name });

interface Level {
  readonly policies?: readonly DecoratorPolicy[];
  readonly extend?: boolean;
  readonly skip?: PolicyLevel['skip'];
  readonly place?: string | undefined;
}

function level(place: string, { policies, extend = false, skip, ...own }: Level): PolicyLevel {
  const mark = policies === undefined ? undefined : { policies, costs: [], extend, instance: undefined };
  return { defaultName: 'place' in own ? own.place : place, policies: mark, skip };
}

function names(defaults: readonly string[], ofClass: Level, ofHandler: Level = {}): string[] {
  const levels = [level('/cities', ofClass), level('GET /cities', ofHandler)];
  return mergePolicies(defaults, levels, KNOWN).map(({ name }) => name);
}

const invalid = (path: string): unknown => expect.objectContaining({ code: 'OPTION_INVALID', context: { path } });

describe('the policies of a handler', () => {
  test('are the defaults where nothing is said', () => {
    expect(names(['api'], {})).toEqual(['api']);
    expect(names([], {})).toEqual([]);
  });

  test('are those of the class in place of the defaults, and those of the handler in place of both', () => {
    expect(names(['api'], { policies: ['day'] })).toEqual(['day']);
    expect(names(['api'], { policies: ['day'] }, { policies: ['login'] })).toEqual(['login']);
  });

  test('come on top where it extends', () => {
    expect(names(['api'], { policies: ['day'], extend: true }, { policies: ['login'], extend: true })).toEqual([
      'api',
      'day',
      'login',
    ]);
    expect(names(['api'], {}, { policies: ['login'], extend: true })).toEqual(['api', 'login']);
  });

  test('of one name are one: the inner', () => {
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

  test('keep the cost that an entry names for each of them', () => {
    const mark = { policies: ['login', inline()], costs: [3, undefined], extend: false, instance: undefined };
    const merged = mergePolicies([], [{ defaultName: '/cities', policies: mark, skip: undefined }], KNOWN);
    expect(merged.map(({ name, cost }) => [name, cost])).toEqual([
      ['login', 3],
      ['/cities', undefined],
    ]);
  });

  test('of an empty list are those from outside', () => {
    expect(names(['api'], { policies: [] })).toEqual(['api']);
  });

  test('without a name are named by where they stand', () => {
    expect(names([], { policies: [inline()] }, { policies: [inline()], extend: true })).toEqual([
      '/cities',
      'GET /cities',
    ]);
  });

  test('without a name on one place are told apart by their windows, and then by numbers', () => {
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

  test('without a name on a class and a handler whose places are one are both there', () => {
    const levels = [
      level('Query.search', { policies: [inline('1m')] }),
      level('Query.search', { policies: [inline('1h')], extend: true }),
    ];
    expect(mergePolicies([], levels, KNOWN).map(({ name }) => name)).toEqual(['Query.search', 'Query.search 1h']);
  });

  test('without a name on one place have names of at most 128 characters, each another', () => {
    const place = '/x'.repeat(64);
    const policies = [inline('1m'), inline('1h'), inline('1d'), inline('1d')];
    const named = names([], { policies, place });
    expect(new Set(named).size).toBe(4);
    expect(named.map(({ length }) => length)).toEqual([128, 128, 128, 128]);
  });

  test('need a name where the place has none', () => {
    expect(() => names([], { policies: [inline()], place: undefined })).toThrow(invalid('RateLimit.name'));
    expect(names([], { policies: [inline('1m', 'a'), 'login'], place: undefined })).toEqual(['a', 'login']);
  });
});

describe('what is skipped', () => {
  test('on a handler is all, or what it names, wherever it came from', () => {
    expect(names(['api'], { policies: ['day', 'login'] }, { skip: 'all' })).toEqual([]);
    expect(names(['api'], { policies: ['day', 'login'] }, { skip: ['day'] })).toEqual(['login']);
    expect(names(['api'], {}, { skip: ['api'] })).toEqual([]);
  });

  test('on a class is what it and the defaults say, and not what a handler says for itself', () => {
    expect(names(['api'], { skip: 'all' })).toEqual([]);
    expect(names(['api'], { skip: 'all' }, { policies: ['login'] })).toEqual(['login']);
    expect(names(['api', 'day'], { skip: ['api'] }, { policies: ['login'], extend: true })).toEqual(['day', 'login']);
  });

  test('may be a policy that does not hold here, but not one that does not exist', () => {
    expect(names(['api'], {}, { skip: ['login'] })).toEqual(['api']);
    expect(() => names(['api'], {}, { skip: ['lgoin'] })).toThrow(invalid('SkipRateLimit'));
  });
});
