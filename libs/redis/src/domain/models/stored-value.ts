import { RedisInfraError } from '../../common/redis-infra.error.js';

/** @throws RedisInfraError VALUE_INVALID: undefined means absent, so it cannot be stored. */
export function checkStorable(value: unknown): void {
  if (value === undefined) {
    throw new RedisInfraError(
      'VALUE_INVALID',
      'undefined means absent and cannot be stored; store null, or delete the key',
    );
  }
}
