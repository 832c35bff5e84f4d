import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { watchPrototypes } from '../../../../test/codec/support/prototypes.js';
import { ApplicationTypes, type ApplicationType } from './application-types.js';
import { readRichJson } from './json-text.js';
import { raise } from './raising.js';

const NONE = new ApplicationTypes();

const refusal = (value: unknown, table: unknown, types = NONE): string =>
  failureNow(() => raise(value, table, types)).code;

/** A type whose name is all that counts. */
const named = (name: string, fromJSON: (json: unknown) => unknown): ApplicationType => ({
  name,
  is: (_): _ is object => false,
  toJSON: () => null,
  fromJSON,
});

describe('raising', () => {
  it('restores the entries of a table in order, at any depth', () => {
    const value = { list: [[0], [['1', '2']]], at: 5, text: 'x' };
    const table = [
      ['bigint', 'list', 1, 0, 0],
      ['set', 'list', 1, 0],
      ['map', 'list'],
      ['date', 'at'],
    ];
    expect(raise(value, table, NONE)).toEqual({ list: new Map([[0, new Set([1n, '2'])]]), at: new Date(5), text: 'x' });
  });

  it('restores the whole value, also if its parts are rich', () => {
    expect(raise('5', [['bigint']], NONE)).toBe(5n);
    expect(raise(['5'], [['bigint', 0], ['set']], NONE)).toEqual(new Set([5n]));
    expect(raise(1, [], NONE)).toBe(1);
  });

  it('follows paths through members with unusual names', () => {
    const value = JSON.parse('{"": 1, "0": 2, "__proto__": {"constructor": 3}, "length": 4}') as object;
    const table = [
      ['date', ''],
      ['date', 0],
      ['date', '__proto__', 'constructor'],
      ['date', 'length'],
    ];
    const raised = raise(value, table, NONE) as Record<string, unknown>;
    const inner = Object.getOwnPropertyDescriptor(raised, '__proto__')?.value as object;
    expect(Object.entries(raised).map(([name]) => name)).toEqual(['0', '', '__proto__', 'length']);
    expect(Object.entries(inner)).toEqual([['constructor', new Date(3)]]);
    expect([raised[''], raised[0], raised.length]).toEqual([new Date(1), new Date(2), new Date(4)]);
  });

  it('restores a member named __proto__ and sets no prototype', () => {
    const value = JSON.parse('{"__proto__": [["polluted"], [true]]}') as object;
    const raised = raise(value, [['map', '__proto__']], NONE) as object;
    expect(Object.getPrototypeOf(raised)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(raised, '__proto__')?.value).toEqual(new Map([['polluted', true]]));
  });
});

describe('an invalid path', () => {
  it.each<[unknown, unknown[]]>([
    [{}, ['a']],
    [{ a: 1 }, ['a', 'b']],
    [{ a: null }, ['a', 'b']],
    [[1], [1]],
    [[1], [-1]],
    [[1], ['length']],
    [['abc'], [0, 0]],
    ['abc', ['length']],
    [{ a: {} }, ['a', '__proto__']],
    [{}, ['__proto__', 'polluted']],
    [{}, ['constructor', 'prototype', 'polluted']],
    [{}, ['constructor', 'name']],
    [[], ['constructor']],
    [[], ['push']],
    [{}, ['toString']],
    [{ a: 1 }, [['a']]],
    [{ a: 1 }, [null]],
    [{ a: 1 }, [{ toString: 'a' }]],
    [{ true: 1 }, [true]],
  ])('is refused: %j %j', (value, path) => {
    expect(refusal(value, [['undefined', ...path]])).toBe('CODEC_DESERIALIZE');
  });

  it.each([
    [['map'], ['date', 0, 0]],
    [
      ['buffer', 'b'],
      ['date', 'b', 0],
    ],
    [
      ['error', 'e'],
      ['url', 'e', 'stack'],
    ],
    [
      ['error', 'e'],
      ['bigint', 'e', 'message'],
    ],
    [
      ['set', 's'],
      ['undefined', 's', 0],
    ],
  ])('is one into a value that is already restored: %j', (first, second) => {
    const value = first.length === 1 ? [[1], [2]] : { b: 'AAAA', e: { name: 'Error', message: '1' }, s: [1] };
    expect(refusal(value, [first, second])).toBe('CODEC_DESERIALIZE');
  });
});

describe('a range of items', () => {
  it('is equal to one entry for each item, also with consecutive ranges', () => {
    expect(raise([1, 2, 3, 4], [['date', [1, 2]]], NONE)).toEqual([1, new Date(2), new Date(3), 4]);
    expect(
      raise(
        [
          [{ a: '1' }, { a: '2' }],
          [{ a: '3' }, { a: '4' }],
        ],
        [['bigint', [0, 1], [0, 1], 'a']],
        NONE,
      ),
    ).toEqual([
      [{ a: 1n }, { a: 2n }],
      [{ a: 3n }, { a: 4n }],
    ]);
  });

  it.each([
    [
      [1, 2],
      [0, 2],
    ],
    [
      [1, 2],
      [0, 0],
    ],
    [
      [1, 2],
      [1, 0],
    ],
    [
      [1, 2],
      [-1, 1],
    ],
    [[1, 2], [0]],
    [
      [1, 2],
      [0, 1, 1],
    ],
    [
      [1, 2],
      [0, 0.5],
    ],
    [
      [1, 2],
      ['0', '1'],
    ],
    [
      [1, 2],
      [0, 1e300],
    ],
    [{ 0: 1, 1: 2 }, [0, 1]],
    ['ab', [0, 1]],
  ])('is refused if the items do not exist: %j %j', (value, range) => {
    expect(refusal(value, [['undefined', range]])).toBe('CODEC_DESERIALIZE');
  });

  it('does not block the reader if a table repeats it', () => {
    const items = Array.from({ length: 2 ** 13 }, () => null);
    const table = Array.from({ length: 2 ** 13 }, () => ['undefined', [0, items.length - 1]]);
    expect(refusal(items, table)).toBe('CODEC_DESERIALIZE');
  });
});

describe('a table with more steps than its body allows', () => {
  const forged = (length: number): { items: unknown[]; table: unknown[] } => ({
    items: Array.from({ length }, () => null),
    table: Array.from({ length }, () => ['app:counted', [0, length - 1]]),
  });
  let calls = 0;
  const counted = new ApplicationTypes([
    { name: 'counted', is: (_): _ is object => false, toJSON: () => null, fromJSON: () => ++calls },
  ]);

  it('is refused before any value is restored', () => {
    const { items, table } = forged(1000);
    const text = JSON.stringify([items, table]);
    expect(() => readRichJson(text, counted)).toThrow(expect.objectContaining({ code: 'CODEC_DESERIALIZE' }));
    expect(calls).toBe(0);
  });

  it('is accepted if the body is long enough', () => {
    const { items, table } = forged(1000);
    raise(items, table, counted, 1000 * 1000 + 1000);
    expect(calls).toBe(1000 * 1000);
  });

  it.each([
    [[0, Infinity]],
    [
      [0, 1e308],
      [0, 1e308],
    ],
    [[-1e308, 1e308]],
    [[5, 0]],
    [[0, 'x']],
    [[]],
  ])('is refused with the range %j', (...ranges) => {
    const text = JSON.stringify([[[null]], [['undefined', ...ranges]]]);
    expect(() => readRichJson(text, counted)).toThrow(expect.objectContaining({ code: 'CODEC_DESERIALIZE' }));
  });
});

describe('the length of an array', () => {
  it.each(['date', 'undefined', 'url'])('is not a member of it: %s', (kind) => {
    expect(refusal([1, 2], [[kind, 'length']])).toBe('CODEC_DESERIALIZE');
  });
});

describe('an invalid table', () => {
  it.each([null, {}, 'table', 1, [null], ['date'], [{}], [[]], [[1]], [[['date']]]])('is refused: %j', (table) => {
    expect(refusal({ a: 1 }, table)).toBe('CODEC_DESERIALIZE');
  });
});

describe('raising application types', () => {
  const types = new ApplicationTypes([
    named('money', (json) => ({ money: json })),
    named('broken', () => {
      throw new TypeError('c4n4ry');
    }),
    named('coded', () => {
      throw Object.assign(new Error('c4n4ry'), { code: 'CODEC_TAMPERED' });
    }),
  ]);

  it('calls fromJSON with the representation, after restoring its parts', () => {
    expect(
      raise(
        { price: { cents: '5' } },
        [
          ['bigint', 'price', 'cents'],
          ['app:money', 'price'],
        ],
        types,
      ),
    ).toEqual({
      price: { money: { cents: 5n } },
    });
  });

  it('calls fromJSON as a method of its type', () => {
    const type = { ...named('own', () => null), currency: 'EUR' };
    type.fromJSON = function (this: typeof type) {
      return this.currency;
    };
    expect(raise(1, [['app:own']], new ApplicationTypes([type]))).toBe('EUR');
  });

  it('does not pass on the error of fromJSON', () => {
    for (const name of ['broken', 'coded']) {
      const error = failureNow(() => raise('c4n4ry', [[`app:${name}`]], types));
      expect(error).toMatchObject({ code: 'CODEC_DESERIALIZE', context: { kind: `app:${name}` } });
      expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain('c4n4ry');
    }
  });

  it('refuses every name that is not registered', () => {
    for (const name of ['app:other', 'app:', 'app:constructor', 'app:__proto__', 'money']) {
      expect(refusal(1, [[name]], types)).toBe('CODEC_UNSUPPORTED');
    }
  });
});

describe('prototypes', () => {
  const changes = watchPrototypes();

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'])(
    'are not given as a number called %s, nor changed through it',
    (name) => {
      expect(refusal(name, [['number']])).toBe('CODEC_DESERIALIZE');
      expect(
        refusal({ a: name }, [
          ['number', 'a'],
          ['undefined', 'a', 'hasOwnProperty'],
        ]),
      ).toBe('CODEC_DESERIALIZE');
      expect(changes()).toEqual([]);
    },
  );

  it('cannot be reached by a path of any kind', () => {
    const routes = [['__proto__'], ['constructor'], ['constructor', 'prototype'], ['a', '__proto__', '__proto__']];
    for (const route of routes) {
      for (const last of ['toString', 'polluted', 'constructor']) {
        expect(refusal({ a: [] }, [['undefined', ...route, last]])).toBe('CODEC_DESERIALIZE');
        expect(refusal([], [['undefined', ...route, last]])).toBe('CODEC_DESERIALIZE');
      }
    }
    expect(changes()).toEqual([]);
  });
});
