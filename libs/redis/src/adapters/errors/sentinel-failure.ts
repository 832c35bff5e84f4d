import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import { systemCodeOf } from './connecting-failures.js';

const UNKNOWN_GROUP = [
  /no such master/i,
  'SENTINEL_NAME',
  'the Sentinels do not know the master group: check `sentinelName` (the name in `sentinel monitor`)',
] as const;
/** The reasons of the replies of a Sentinel, with the fix. The first pattern that matches counts. */
const REPLIES: readonly (readonly [pattern: RegExp, reason: string, message: string])[] = [
  UNKNOWN_GROUP,
  [/^NOAUTH|Authentication required/i, 'SENTINEL_NOAUTH', 'the Sentinels require a password: set `sentinelPassword`'],
  [
    /^WRONGPASS|invalid password|AUTH failed/i,
    'SENTINEL_WRONGPASS',
    'the Sentinels refused the credentials: check `sentinelUsername` and `sentinelPassword`',
  ],
  [
    /^NOPERM/,
    'SENTINEL_NOPERM',
    'the user at the Sentinels may not query the master: ACL SETUSER <user> +auth +hello +ping +client|setinfo +subscribe +sentinel|get-master-addr-by-name +sentinel|sentinels &+switch-master',
  ],
  [
    /unknown command/i,
    'NOT_A_SENTINEL',
    'the server at the address of a Sentinel is not a Sentinel: check that the port belongs to a Sentinel, not to a data server',
  ],
];

/**
 * The error for an attempt in which no Sentinel named the master. A permanent failure takes precedence over a temporary
 * one, and a failure with a reason over an unreachable Sentinel.
 * @param failures the failure of each Sentinel; null is the reply of a Sentinel that does not know the group
 */
export function sentinelFailure(failures: readonly unknown[]): RedisInfraError {
  const all = failures.map(explained);
  const refusal = all.find(({ retryable }) => !retryable);
  return refusal ?? all.find(({ context }) => context.reason !== UNREACHABLE) ?? all[0] ?? unreachable(undefined);
}

const UNREACHABLE = 'SENTINELS_UNREACHABLE';

function explained(failure: unknown): RedisInfraError {
  if (failure === null) return permanent(UNKNOWN_GROUP[1], UNKNOWN_GROUP[2]);
  if (failure instanceof RedisInfraError) {
    const { retryable, context, cause } = failure;
    return new RedisInfraError('CONNECTION_FAILED', `no Sentinel can be queried: ${failure.message}`, {
      retryable,
      context,
      cause,
    });
  }
  if (failure instanceof Error) {
    const [, reason, message] = REPLIES.find(([pattern]) => pattern.test(failure.message)) ?? [];
    if (reason !== undefined && message !== undefined) return permanent(reason, message);
  }
  return unreachable(failure);
}

function permanent(reason: string, message: string): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', message, { retryable: false, context: { reason } });
}

function unreachable(failure: unknown): RedisInfraError {
  const system = systemCodeOf(failure);
  const context: ErrorContext = { reason: UNREACHABLE, ...(system === undefined ? {} : { system }) };
  const suffix = system === undefined ? '' : ` (${system})`;
  return new RedisInfraError('CONNECTION_FAILED', `no Sentinel can be reached, or none answers${suffix}`, { context });
}
