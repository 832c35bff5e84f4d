import { expect } from 'vitest';
import { RedisInfraError } from '../../../src/common/redis-infra.error.js';

/** The coded error that a call ends in, at once or by its promise. */
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

/** Its code. */
export async function codeOf(call: () => unknown): Promise<string> {
  return (await failureOf(call)).code;
}

/** The same for a call that has no promise to make. */
export function failureNow(call: () => unknown): RedisInfraError {
  try {
    call();
  } catch (error) {
    if (error instanceof RedisInfraError) return error;
    return expect.fail(`expected a coded error, got ${String(error)}`);
  }
  return expect.fail('nothing was thrown');
}

/** What a call answers that has no promise to make. */
export function now<T>(answer: T | Promise<T>): T {
  if (answer instanceof Promise) return expect.fail('it answered with a promise');
  return answer;
}
