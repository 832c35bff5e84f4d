import { describe, expect, it } from 'vitest';
import { StartError } from '../start.error.js';
import { demoSecret } from './demo.secret.js';

describe('demoSecret', () => {
  it.each([undefined, ''])('is random, and another each time, where none is given: %j', (given) => {
    expect(demoSecret(given)).toHaveLength(32);
    expect(demoSecret(given)).not.toEqual(demoSecret(given));
  });

  it('is the one that is given', () => {
    expect(demoSecret('sixteen bytes at least')).toBe('sixteen bytes at least');
  });

  it('refuses one that is too short without showing it', () => {
    expect(() => demoSecret('hunter2')).toThrow(StartError);
    expect(() => demoSecret('hunter2')).not.toThrow(/hunter2/);
  });
});
