import { describe, expect, it } from 'vitest';
import { allOf, chain, mapAll } from './maybe-promise.js';

describe('chain', () => {
  it('calls next immediately with a plain value', () => {
    expect(chain(1, (value) => value + 1)).toBe(2);
  });

  it('calls next later with a promised value, and passes on rejections', async () => {
    expect(await chain(Promise.resolve(1), (value) => value + 1)).toBe(2);
    await expect(chain(Promise.reject(new Error('no')), () => 1)).rejects.toThrow('no');
    await expect(
      chain(Promise.resolve(1), () => {
        throw new Error('then');
      }),
    ).rejects.toThrow('then');
  });
});

describe('allOf', () => {
  it('returns an array if no value is a promise', () => {
    const values = [1, 2];
    expect(allOf(values)).toBe(values);
    expect(allOf([])).toEqual([]);
  });

  it('returns a promise if one value is a promise', async () => {
    expect(await allOf([1, Promise.resolve(2)])).toEqual([1, 2]);
    await expect(allOf([Promise.reject(new Error('no')), 1])).rejects.toThrow('no');
  });
});

describe('mapAll', () => {
  it('handles the rejections of earlier promises if a later item throws', async () => {
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

  it('keeps the order of plain values and promises', async () => {
    const made = mapAll([1, 2], (item) => (item === 1 ? item : Promise.resolve(item)));
    expect([made[0], await made[1]]).toEqual([1, 2]);
  });
});
