import { expect } from 'vitest';
import { RedisInfraError } from '../../../src/common/redis-infra.error.js';

/** Returns the RedisInfraError that a call throws or rejects with. */
export async function failureOf(call: () => unknown): Promise<RedisInfraError> {
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    if (error instanceof RedisInfraError) return error;
    return expect.fail(`expected a coded error, got ${String(error)}`);
  }
  return expect.fail(`expected an error, got ${typeof value}`);
}

/** Returns the code of that error. */
export async function codeOf(call: () => unknown): Promise<string> {
  return (await failureOf(call)).code;
}

/** Like `errorOf`, for a synchronous call. */
export function failureNow(call: () => unknown): RedisInfraError {
  try {
    call();
  } catch (error) {
    if (error instanceof RedisInfraError) return error;
    return expect.fail(`expected a coded error, got ${String(error)}`);
  }
  return expect.fail('nothing was thrown');
}

/** Returns the result of a call that must be synchronous. */
export function now<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) return expect.fail('it answered with a promise');
  return answer;
}
