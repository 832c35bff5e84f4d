import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../common/error-codes.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { isUnreadable, loadFailure, storeFailure } from './store-failures.js';

const errorOf = (code: ErrorCode): RedisInfraError => new RedisInfraError(code, 'failed');

describe('an error of the store', () => {
  test.each([
    'OPTION_INVALID',
    'VALUE_INVALID',
    'KEY_INVALID',
    'CODEC_SERIALIZE',
    'WRONG_TYPE',
    'UNSUPPORTED',
    'CLOSED',
  ] as const)('with the code %s is thrown to the caller', (code) => {
    const error = errorOf(code);
    expect(() => storeFailure(error)).toThrow(error);
  });

  test.each(['CONNECTION_FAILED', 'CIRCUIT_OPEN', 'COMMAND_FAILED', 'OUT_OF_MEMORY'] as const)(
    'with the code %s is a failure after which a loaded value is not stored',
    (code) => {
      const error = errorOf(code);
      expect(storeFailure(error)).toBe(error);
      expect(isUnreadable(error)).toBe(false);
    },
  );

  test.each(['CODEC_TAMPERED', 'CODEC_TOO_LARGE', 'CODEC_KEY_PROVIDER'] as const)(
    'with the code %s is a failure after which a loaded value replaces the stored one',
    (code) => {
      const error = errorOf(code);
      expect(storeFailure(error)).toBe(error);
      expect(isUnreadable(error)).toBe(true);
    },
  );

  test('with a code of a newer copy of this package is a failure of the store', () => {
    const error = Object.assign(new Error('failed'), { name: 'RedisInfraError', code: 'CODE_OF_A_NEWER_VERSION' });
    const failure = storeFailure(error);
    expect(failure).toBe(error);
    expect(isUnreadable(failure)).toBe(false);
  });

  test('is thrown when it is not an error of this package', () => {
    const error = new TypeError('a defect');
    expect(() => storeFailure(error)).toThrow(error);
  });

  test('that refuses the key is a failure for a load, which works without the store', () => {
    const error = errorOf('KEY_INVALID');
    expect(loadFailure(error)).toBe(error);
  });
});
