import { RedisInfraError, type Outcome } from '../../common/redis-infra.error.js';

/**
 * A call on the keys of several shards that some of them did not serve. `code` is that of the first failure. `outcome`
 * is `unknown` for a change, because the other shards have applied it.
 */
export class PartialResultError extends RedisInfraError {
  override readonly name = 'PartialResultError';
  /**
   * The result of the other shards. For `getMany` the values, undefined for the keys of the failed shards; for
   * `deleteMany` and `clear` the number of removed keys; for `setMany` the number of stored entries.
   */
  readonly result: unknown;
  /** The error of each failed shard, by the id of the shard. */
  readonly failures: ReadonlyMap<string, RedisInfraError>;

  /** @internal */
  constructor(operation: string, result: unknown, failures: ReadonlyMap<string, RedisInfraError>) {
    const errors = [...failures.values()];
    const [first] = errors;
    const shards = [...failures.keys()].join(', ');
    super(first?.code ?? 'CONNECTION_FAILED', `${operation} got no answer of these shards: ${shards}`, {
      outcome: outcomeOf(operation, errors),
      retryable: errors.every(({ retryable }) => retryable),
      context: { operation, shards },
      cause: first,
    });
    this.result = result;
    this.failures = failures;
  }
}

function outcomeOf(operation: string, errors: readonly RedisInfraError[]): Outcome {
  const [first] = errors;
  const isSame = errors.every(({ outcome }) => outcome === first?.outcome);
  return operation === 'getMany' && isSame && first !== undefined ? first.outcome : 'unknown';
}
