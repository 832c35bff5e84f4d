import { describe, expect, it } from 'vitest';
import { nearestKey, searchKey } from './cities.keys.js';
import { roundPoint } from './geo-point.js';

const nearest = (lat: number, lon: number): string => nearestKey(roundPoint({ lat, lon }), 10);

describe('the cache keys of cities', () => {
  it('are equal for neighbouring points', () => {
    expect(nearest(48.8601, 2.3499)).toBe(nearest(48.8599, 2.3501));
  });

  it('are equal for two notations of the same point', () => {
    expect(nearest(0, -180)).toBe(nearest(0, 180));
    expect(nearest(-0.001, 5)).toBe(nearest(0.001, 5));
  });

  it('differ when a text contains the separator', () => {
    expect(searchKey('a:10', 1)).not.toBe(searchKey('a', 101));
    expect(searchKey('a:10', 1)).not.toBe(searchKey('a%3A10', 1));
  });

  it('are shorter than 1 KiB for the longest text', () => {
    expect(Buffer.byteLength(searchKey('京'.repeat(64), 100))).toBeLessThan(1024);
  });
});
