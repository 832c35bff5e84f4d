import { describe, expect, it } from 'vitest';
import { failureNow } from '../../../test/codec/support/errors-of.js';
import { ApplicationTypes, type ApplicationType } from './json/application-types.js';
import { restoreSnapshot, takeSnapshot } from './value-snapshot.js';

const NONE = new ApplicationTypes();
const copyOf = (value: unknown, types = NONE): unknown => restoreSnapshot(takeSnapshot(value, types), types);

describe('a value snapshot', () => {
  it.each([null, 'text', 1, [], { a: [1, { b: null }] }, new Map([[1, new Date(2)]]), [undefined, 5n, -0]])(
    'is given as a round trip would: %o',
    (value) => {
      expect(copyOf(value)).toStrictEqual(value);
    },
  );

  it('does not change with the original value or with a returned copy', () => {
    const value = { list: [1], at: new Date(1), bytes: Buffer.from('ab') };
    const kept = takeSnapshot(value, NONE);
    value.list.push(2);
    value.at.setTime(9);
    value.bytes.fill(0);
    const first = restoreSnapshot<typeof value>(kept, NONE);
    first.list.push(3);
    first.at.setTime(8);
    first.bytes.fill(1);
    expect(restoreSnapshot(kept, NONE)).toEqual({ list: [1], at: new Date(1), bytes: Buffer.from('ab') });
  });

  it('omits what JSON omits, and the classes of objects', () => {
    class Point {
      x = 1;
      y = undefined;
    }
    expect(copyOf(new Point())).toStrictEqual({ x: 1 });
  });

  it('keeps a member named __proto__', () => {
    const value = JSON.parse('{"__proto__": {"a": 1}}') as object;
    const copy = copyOf(value) as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"a":1}}');
  });

  it('has an approximate size in bytes', () => {
    const bytesOf = (value: unknown): number => takeSnapshot(value, NONE).bytes;
    expect(bytesOf('x'.repeat(1000))).toBeGreaterThanOrEqual(2000);
    expect(bytesOf({ ['n'.repeat(500)]: 1 })).toBeGreaterThanOrEqual(1000);
    expect(bytesOf(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`at${i}`, new Date(i)])))).toBeGreaterThan(
      100 * 64,
    );
    expect(bytesOf(null)).toBeLessThan(64);
  });

  it('does not pass on the error of fromJSON', () => {
    const broken: ApplicationType = {
      name: 'broken',
      is: (value): value is object => value instanceof WeakRef,
      toJSON: () => 'c4n4ry',
      fromJSON: (json) => {
        throw new TypeError(String(json));
      },
    };
    const types = new ApplicationTypes([broken]);
    const kept = takeSnapshot(new WeakRef({}), types);
    const error = failureNow(() => restoreSnapshot(kept, types));
    expect(error.code).toBe('CODEC_DESERIALIZE');
    expect(`${error.stack}${String(error.cause)}`).not.toContain('c4n4ry');
  });
});

describe('a value that takeSnapshot refuses', () => {
  it('has a getter that throws on its second read, whose error is not passed on', () => {
    let reads = 0;
    const value = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        if (++reads > 1) throw new TypeError('secret');
        return 1;
      },
    });
    const error = failureNow(() => takeSnapshot(value, NONE));
    expect(error.code).toBe('CODEC_SERIALIZE');
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('secret');
  });

  it('exceeds the size limit', () => {
    const big = 'x'.repeat(600);
    expect(failureNow(() => takeSnapshot([big, big], NONE, 1000)).code).toBe('CODEC_TOO_LARGE');
    expect(() => takeSnapshot([big], NONE, 1000)).not.toThrow();
  });
});
