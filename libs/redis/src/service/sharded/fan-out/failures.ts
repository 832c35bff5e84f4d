import { faultOf } from '../../../common/error-codes.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { Shard } from '../shards/shard.js';

/** A call of one shard that runs. */
export interface RunningPart<T> {
  readonly shard: Shard;
  readonly answer: Promise<T>;
}

/** What a shard answered to its part of a call. */
export type ShardAnswer<T> =
  | { readonly shard: Shard; readonly value: T; readonly failure?: undefined }
  | { readonly shard: Shard; readonly value?: undefined; readonly failure: RedisInfraError };

/** Whether the shard failed, and not the caller or a value. */
export function isShardFailure(error: unknown): error is RedisInfraError {
  return error instanceof RedisInfraError && faultOf(error) === 'store';
}

/**
 * Waits for the answers of all shards.
 * @throws an error that no shard is at fault for, when all have answered
 */
export async function answersOf<T>(parts: readonly RunningPart<T>[]): Promise<readonly ShardAnswer<T>[]> {
  const errors: unknown[] = [];
  const answers = await Promise.all(
    parts.map(({ shard, answer }) =>
      answer.then(
        (value): ShardAnswer<T> => ({ shard, value }),
        (error: unknown): ShardAnswer<T> | undefined => {
          if (isShardFailure(error)) return { shard, failure: error };
          errors.push(error);
          return undefined;
        },
      ),
    ),
  );
  if (errors.length > 0) throw errors[0];
  return answers.filter((answer) => answer !== undefined);
}

/** The failures by the ids of their shards. */
export function failuresOf(answers: readonly ShardAnswer<unknown>[]): Map<string, RedisInfraError> {
  const failures = new Map<string, RedisInfraError>();
  for (const { shard, failure } of answers) if (failure !== undefined) failures.set(shard.id, failure);
  return failures;
}
