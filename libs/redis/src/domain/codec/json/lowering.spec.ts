import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../../test/codec/support/errors-of.js';
import { ApplicationTypes, type ApplicationType } from './application-types.js';
import { Lowering, MAX_DEPTH, type TableEntry } from './lowering.js';

function lower(value: unknown, types: readonly ApplicationType[] = []): { json: unknown; table: TableEntry[] } {
  const lowering = new Lowering(new ApplicationTypes(types));
  return { json: lowering.lower(value), table: lowering.table };
}

/** Nested arrays of this depth, the innermost empty. */
function nested(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let i = 1; i < levels; i++) value = [value];
  return value;
}

const refusal = (value: unknown, types?: readonly ApplicationType[]): string =>
  failureNow(() => lower(value, types)).message;

describe('lowering JSON values', () => {
  it.each([null, true, 'text', 0, -1.5, [], {}, [1, ['a', null]], { a: { b: [{}] } }])(
    'gives %j itself back',
    (value) => {
      const { json, table } = lower(value);
      expect(json).toBe(value);
      expect(table).toEqual([]);
    },
  );

  it('keeps undefined members, which JSON.stringify omits', () => {
    const value = { a: undefined, b: 1 };
    expect(lower(value)).toEqual({ json: value, table: [] });
  });

  it('ignores symbol, non-enumerable and inherited members', () => {
    const value = Object.create({ inherited: 1n }) as Record<string | symbol, unknown>;
    value[Symbol('s')] = 1n;
    Object.defineProperty(value, 'hidden', { value: 1n });
    expect(lower({ value }).table).toEqual([]);
  });

  it('treats class instances and objects without a prototype as plain objects', () => {
    class Point {
      x = 1;
      at = new Date(5);
    }
    expect(lower(new Point())).toEqual({ json: { x: 1, at: 5 }, table: [['date', 'at']] });
    const bare = Object.assign(Object.create(null) as object, { x: 1n });
    expect(lower(bare)).toEqual({ json: { x: '1' }, table: [['bigint', 'x']] });
  });

  it('reads getters', () => {
    const value = {
      get big() {
        return 2n;
      },
    };
    expect(lower(value)).toEqual({ json: { big: '2' }, table: [['bigint', 'big']] });
  });
});

describe('lowering rich values', () => {
  it('copies only the containers on the path to a rich value', () => {
    const sibling = { list: [1] };
    const value = { sibling, with: [{ at: new Date(0) }, sibling] };
    const { json, table } = lower(value);
    expect(json).toEqual({ sibling, with: [{ at: 0 }, sibling] });
    expect(table).toEqual([['date', 'with', 0, 'at']]);
    expect((json as typeof value).sibling).toBe(sibling);
    expect(value.with[0]).toEqual({ at: new Date(0) });
  });

  it('lists inner values before their containers, also in the keys of a map', () => {
    const value = new Map<unknown, unknown>([[new Date(1), new Set([2n])]]);
    expect(lower({ value })).toEqual({
      json: { value: [[1], [['2']]] },
      table: [
        ['date', 'value', 0, 0],
        ['bigint', 'value', 1, 0, 0],
        ['set', 'value', 1, 0],
        ['map', 'value'],
      ],
    });
  });

  it('represents a shared object at every reference', () => {
    const shared = { at: new Date(7) };
    const { json, table } = lower([shared, shared]);
    expect(json).toEqual([{ at: 7 }, { at: 7 }]);
    expect(table).toEqual([['date', [0, 1], 'at']]);
  });

  it('merges equal entries of neighbouring items into a range', () => {
    const at = new Date(1);
    const tableOf = (value: unknown): unknown => lower(value).table;
    expect(tableOf([at, at, at, 'x', at])).toEqual([
      ['date', [0, 2]],
      ['date', 4],
    ]);
    expect(tableOf([{ at, n: 1n }, { at, n: 2n }, { at }, { n: 3n, at }])).toEqual([
      ['date', [0, 1], 'at'],
      ['bigint', [0, 1], 'n'],
      ['date', 2, 'at'],
      ['bigint', 3, 'n'],
      ['date', 3, 'at'],
    ]);
    expect(
      tableOf([
        [at, at],
        [at, at],
        [at, at, at],
      ]),
    ).toEqual([
      ['date', [0, 1], [0, 1]],
      ['date', 2, [0, 2]],
    ]);
    expect(
      tableOf(
        new Map([
          ['a', { at }],
          ['b', { at }],
        ]),
      ),
    ).toEqual([['date', 1, [0, 1], 'at'], ['map']]);
  });

  it('treats holes of an array as undefined, and does not change the array', () => {
    // oxlint-disable-next-line no-sparse-arrays
    const sparse = [1, , 3];
    expect(lower(sparse)).toEqual({ json: [1, null, 3], table: [['undefined', 1]] });
    expect(1 in sparse).toBe(false);
  });

  it('replaces a member named __proto__ without setting the prototype', () => {
    const value = JSON.parse('{"__proto__": {"at": 0}}') as Record<string, Record<string, unknown>>;
    (value['__proto__'] as Record<string, unknown>).at = new Date(3);
    const { json, table } = lower(value);
    expect(JSON.stringify(json)).toBe('{"__proto__":{"at":3}}');
    expect(table).toEqual([['date', '__proto__', 'at']]);
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
  });
});

describe('lowering objects with a toJSON', () => {
  it('uses the result of toJSON, called with the member name', () => {
    const named = { toJSON: (name: string) => `called ${name}` };
    expect(lower({ a: named, list: [named] }).json).toEqual({ a: 'called a', list: ['called 0'] });
    expect(lower(named).json).toBe('called ');
  });

  it('omits members that the result of toJSON does not have from the table', () => {
    const value = { at: new Date(0), toJSON: () => ({ big: 1n }) };
    expect(lower(value)).toEqual({ json: { big: '1' }, table: [['bigint', 'big']] });
  });

  it('accepts unsupported members if the result of toJSON omits them', () => {
    expect(lower({ call: () => 1, toJSON: () => 'ok' }).json).toBe('ok');
  });

  it('calls a non-enumerable or inherited toJSON, as JSON.stringify does', () => {
    class Money {
      cents = 5n;
      toJSON(): string {
        return `${this.cents} cents`;
      }
    }
    const hidden = Object.defineProperty({ a: 1 }, 'toJSON', { value: () => undefined });
    expect(lower(new Money()).json).toBe('5 cents');
    expect(lower([hidden])).toEqual({ json: [null], table: [['undefined', 0]] });
    expect(lower(Object.assign([1], { toJSON: () => 5 })).json).toBe(5);
  });

  it('uses the members of an object whose toJSON returns itself', () => {
    class Self {
      at = new Date(1);
      toJSON(): this {
        return this;
      }
    }
    expect(lower(new Self())).toEqual({ json: { at: 1 }, table: [['date', 'at']] });
    expect(lower({ n: 1, toJSON: (): unknown => 2 }).json).toBe(2);
    const own: unknown = Object.assign([1n], { toJSON: (): unknown => own });
    expect(lower(own)).toEqual({ json: ['1'], table: [['bigint', 0]] });
  });

  it('does not call the toJSON of the result of toJSON', () => {
    const endless = { a: 1n, toJSON: (): unknown => ({ ...endless }) };
    const { json, table } = lower(endless);
    expect(JSON.stringify(json)).toBe('{"a":"1"}');
    expect(table).toEqual([['bigint', 'a']]);
  });

  it('accepts as many nested objects with toJSON as other objects', () => {
    const nest = (levels: number): unknown => (levels === 0 ? [] : { toJSON: () => ({ a: nest(levels - 1) }) });
    expect(lower(nest(MAX_DEPTH - 1)).table).toEqual([]);
    expect(refusal(nest(MAX_DEPTH))).toContain('more than 1000 levels');
  });

  it('ignores the toJSON of dates, buffers and URLs', () => {
    const { table } = lower([new Date(0), Buffer.from('x'), new URL('http://a/')]);
    expect(table.map(([kind]) => kind)).toEqual(['date', 'buffer', 'url']);
  });
});

describe('lowering application types', () => {
  class Money {
    constructor(readonly cents: bigint) {}
  }
  const money: ApplicationType<Money> = {
    name: 'money',
    is: (value): value is Money => value instanceof Money,
    toJSON: ({ cents }) => ({ cents }),
    fromJSON: (json) => new Money((json as Money).cents),
  };
  const TYPES = [money as ApplicationType];

  it('calls toJSON of the type, whose result may be rich', () => {
    expect(lower({ price: new Money(5n) }, TYPES)).toEqual({
      json: { price: { cents: '5' } },
      table: [
        ['bigint', 'price', 'cents'],
        ['app:money', 'price'],
      ],
    });
  });

  it('prefers application types, also for a subclass of Date or Array', () => {
    class Day extends Date {}
    class List extends Array<unknown> {}
    const type = (name: string, constructor: new () => object): ApplicationType => ({
      name,
      is: (value): value is object => value instanceof constructor,
      toJSON: () => 1,
      fromJSON: () => new constructor(),
    });
    const { table } = lower([new Day(), new List()], [type('day', Day), type('list', List)]);
    expect(table).toEqual([
      ['app:day', 0],
      ['app:list', 1],
    ]);
  });

  it('refuses a type whose toJSON returns a value of the same type', () => {
    const endless = { ...money, toJSON: (value: Money) => value } as ApplicationType;
    expect(failureNow(() => lower(new Money(1n), [endless])).code).toBe('CODEC_SERIALIZE');
  });
});

describe('Lowering', () => {
  it.each([
    [{ list: [0, { call: () => 1 }] }, '$.list[1].call is a function'],
    [[Symbol('s')], '$[0] is a symbol'],
    [{ p: Promise.resolve() }, '$.p is a Promise (is an await missing?)'],
    [{ n: Object(1) as unknown }, '$.n is a boxed primitive'],
    [[new WeakMap()], '$[0] is a weak collection'],
    [[new DataView(new ArrayBuffer(1))], '$[0] is a SharedArrayBuffer or DataView'],
    [[new Map().entries()], '$[0] is an iterator'],
    [[new URLSearchParams('a=1')], '$[0] is of the kind URLSearchParams'],
    [new Map([['a', { f: () => 1 }]]), '$.values()[0].f is a function'],
  ])('refuses an unsupported value with its path: %#', (value, what) => {
    expect(refusal(value)).toBe(`the value cannot be stored: ${what}`);
  });

  it('refuses typed arrays without a kind, which would become objects', () => {
    class Odd extends Uint8Array {
      override get [Symbol.toStringTag](): 'Uint8Array' {
        return 'Odd' as 'Uint8Array';
      }
    }
    expect(refusal([new Odd(2)])).toContain('$[0] is a typed array');
  });

  it('refuses bigints that are too long to be read', () => {
    expect(lower([10n ** 99_999n]).table).toEqual([['bigint', 0]]);
    expect(refusal([10n ** 100_000n])).toContain('$[0] is a value of the kind bigint');
  });

  it('refuses values deeper than the limit, and accepts the limit', () => {
    expect(lower(nested(MAX_DEPTH - 1)).table).toEqual([]);
    expect(lower(nested(MAX_DEPTH)).table).toEqual([]);
    expect(refusal(nested(MAX_DEPTH + 1))).toBe(
      `the value cannot be stored: $${'[0]'.repeat(10)} is the beginning of more than 1000 levels`,
    );
  });

  it('counts the levels of the representation of a map or a set', () => {
    const inMaps = (levels: number): unknown => (levels === 0 ? 1 : new Map([['k', inMaps(levels - 1)]]));
    expect(lower(inMaps(MAX_DEPTH / 2)).table).toHaveLength(MAX_DEPTH / 2);
    expect(refusal(inMaps(MAX_DEPTH / 2 + 1))).toContain('more than 1000 levels');
  });

  it('refuses a cycle with the path to where it closes', () => {
    const direct: Record<string, unknown> = {};
    direct.self = direct;
    const far = { list: [{ back: {} as unknown }] };
    far.list.push({ back: far });
    expect(refusal(direct)).toBe('the value cannot be stored: $.self is part of itself (a cycle)');
    expect(refusal(far)).toBe('the value cannot be stored: $.list[1].back is part of itself (a cycle)');
  });

  it('refuses a cycle through a map, a set, an error or a toJSON', () => {
    const map = new Map<string, unknown>();
    const set = new Set<unknown>();
    const error = new Error('e');
    const answering = { toJSON: (): unknown => ({ again: answering }) };
    map.set('self', map);
    set.add([set]);
    error.cause = error;
    expect(refusal(map)).toContain('$.values()[0] is part of itself');
    expect(refusal(set)).toContain('$[0][0] is part of itself');
    expect(refusal(error)).toContain('$.cause is part of itself');
    expect(refusal(answering)).toContain('$.again is part of itself');
  });

  it('does not pass on the error of an application function', () => {
    const secret = 'c4n4ry';
    const fails = (): never => {
      throw new TypeError(secret);
    };
    const isAny = (_value: unknown): _value is object => true;
    const type = (broken: Partial<ApplicationType>): ApplicationType[] => [
      { name: 't', is: isAny, toJSON: () => 1, fromJSON: () => 1, ...broken },
    ];
    const cases: [unknown, ApplicationType[]?][] = [
      [{ a: { toJSON: fails } }],
      [Object.defineProperty({}, 'a', { get: fails, enumerable: true })],
      [new Proxy({}, { ownKeys: fails })],
      [{ a: {} }, type({ toJSON: fails })],
      [{ a: {} }, type({ is: fails as unknown as ApplicationType['is'] })],
    ];
    for (const [value, types] of cases) {
      const error = failureNow(() => lower(value, types));
      expect(error.code).toBe('CODEC_SERIALIZE');
      expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain(secret);
    }
    expect(refusal({ a: { toJSON: fails } })).toContain('$.a is an object whose toJSON throws');
  });

  it('refuses an array with a huge hole', () => {
    const holes: unknown[] = [];
    holes[2 ** 32 - 2] = 1;
    expect(failureNow(() => lower(holes)).code).toBe('CODEC_TOO_LARGE');
  });

  it('finds one rich value in an array of a million numbers', () => {
    const numbers = Array.from<unknown>({ length: 1_000_000 }).fill(1);
    expect(lower(numbers).json).toBe(numbers);
    numbers[999_999] = 1n;
    expect(lower(numbers).table).toEqual([['bigint', 999_999]]);
  });
});
