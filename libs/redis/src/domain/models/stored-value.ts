import { RedisInfraError } from '../../common/redis-infra.error.js';

/** Rejects undefined, which means absent. @throws RedisInfraError VALUE_INVALID */
export function checkStorable(value: unknown): void {
  if (value === undefined) {
    throw new RedisInfraError(
      'VALUE_INVALID',
      'undefined means absent and cannot be stored; store null, or delete the key',
    );
  }
}
