import { describe, expect, it } from 'vitest';
import { StartError } from '../start.error.js';
import { demoSecret } from './demo.secret.js';

describe('demoSecret', () => {
  it.each([undefined, ''])('returns a different random secret each time for %j', (secret) => {
    expect(demoSecret(secret)).toHaveLength(32);
    expect(demoSecret(secret)).not.toEqual(demoSecret(secret));
  });

  it('returns the secret from the environment', () => {
    expect(demoSecret('sixteen bytes at least')).toBe('sixteen bytes at least');
  });

  it('rejects a secret that is too short, without its text in the error', () => {
    expect(() => demoSecret('hunter2')).toThrow(StartError);
    expect(() => demoSecret('hunter2')).not.toThrow(/hunter2/);
  });
});
