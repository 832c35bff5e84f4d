import { RedisInfraError } from '../common/redis-infra.error.js';

/** Appends the name of a method to the message of an error of this package: `… (Cities.list)`. */
export function errorOnMethod(error: unknown, type: { readonly name: string }, method: string): unknown {
  if (!(error instanceof RedisInfraError)) return error;
  return new RedisInfraError(error.code, `${error.message} (${type.name}.${method})`, { context: error.context });
}
