import { describe, expect, it } from 'vitest';
import { errorName } from './error-name.js';

const named = (name: unknown): Error => Object.assign(new Error('secret'), { name });

describe('errorName', () => {
  it.each([
    [new TypeError('secret'), 'TypeError'],
    [named('ExpiredTokenException'), 'ExpiredTokenException'],
    [named('Aws.Kms-2$'), 'Aws.Kms-2$'],
  ])('returns the name of %s', (error, name) => expect(errorName(error)).toBe(name));

  it.each([
    named('the secret is 5'),
    named(''),
    named('x'.repeat(65)),
    named(5),
    'secret',
    null,
    undefined,
    { name: 'secret' },
  ])('returns undefined without a plain name: %o', (error) => expect(errorName(error)).toBeUndefined());
});
