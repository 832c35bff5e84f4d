import { describe, expect, it } from 'vitest';
import { allOf, chain, mapAll } from './maybe-promise.js';

describe('going on with a value', () => {
  it('is done at once if it is there', () => {
    expect(chain(1, (value) => value + 1)).toBe(2);
  });

  it('is done later if it is promised, and its errors stay rejections', async () => {
    expect(await chain(Promise.resolve(1), (value) => value + 1)).toBe(2);
    await expect(chain(Promise.reject(new Error('no')), () => 1)).rejects.toThrow('no');
    await expect(
      chain(Promise.resolve(1), () => {
        throw new Error('then');
      }),
    ).rejects.toThrow('then');
  });
});

describe('all of some values', () => {
  it('are there at once if none is promised', () => {
    const values = [1, 2];
    expect(allOf(values)).toBe(values);
    expect(allOf([])).toEqual([]);
  });

  it('are waited for if one is promised', async () => {
    expect(await allOf([1, Promise.resolve(2)])).toEqual([1, 2]);
    await expect(allOf([Promise.reject(new Error('no')), 1])).rejects.toThrow('no');
  });
});

describe('making one of each', () => {
  it('leaves none behind to reject unheard where a later one fails at once', async () => {
    const unheard: unknown[] = [];
    const listen = (error: unknown): unknown => unheard.push(error);
    process.on('unhandledRejection', listen);
    try {
      const make = (item: number): Promise<number> => {
        if (item === 2) throw new Error('at once');
        return Promise.reject(new Error('later'));
      };
      expect(() => mapAll([1, 2, 3], make)).toThrow('at once');
      await new Promise((resolve) => void setImmediate(resolve));
      expect(unheard).toEqual([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  it('makes them in order, promised or not', async () => {
    const made = mapAll([1, 2], (item) => (item === 1 ? item : Promise.resolve(item)));
    expect([made[0], await made[1]]).toEqual([1, 2]);
  });
});
