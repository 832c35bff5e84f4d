import { describe, expect, it } from 'vitest';
import { durationMs } from './duration.js';

describe('durationMs', () => {
  it('returns the same milliseconds each time that it gets the same text', () => {
    expect([durationMs('1.5s', 'ttl'), durationMs('1.5s', 'ttl')]).toEqual([1500, 1500]);
  });

  it('applies the limits of each call to a text that it has parsed before', () => {
    expect(durationMs('2s', 'ttl')).toBe(2000);
    expect(() => durationMs('2s', 'loadTimeout', { maxMs: 1000 })).toThrow('loadTimeout: must be at most');
  });

  it('refuses a text that is no duration each time', () => {
    for (let call = 0; call < 2; call++) expect(() => durationMs('soon', 'ttl')).toThrow('ttl: must be a duration');
  });

  it('parses more different texts than it remembers', () => {
    for (let seconds = 1; seconds <= 2000; seconds++) expect(durationMs(`${seconds}s`, 'ttl')).toBe(seconds * 1000);
    expect(durationMs('2000s', 'ttl')).toBe(2_000_000);
  });
});
