import { RedisInfraError, type ErrorContext } from '../../common/redis-infra.error.js';
import { systemCodeOf } from './connecting-failures.js';

const UNKNOWN_GROUP = [
  /no such master/i,
  'SENTINEL_NAME',
  'the Sentinels know no group of the name that was given: check `sentinelName` (the name in `sentinel monitor`)',
] as const;
/** What the replies of a Sentinel mean, and what mends it. The first pattern that matches counts. */
const REPLIES: readonly (readonly [pattern: RegExp, reason: string, message: string])[] = [
  UNKNOWN_GROUP,
  [
    /^NOAUTH|Authentication required/i,
    'SENTINEL_NOAUTH',
    'the Sentinels ask for a password and none was given: set `sentinelPassword`',
  ],
  [
    /^WRONGPASS|invalid password|AUTH failed/i,
    'SENTINEL_WRONGPASS',
    'the Sentinels refused the credentials: check `sentinelUsername` and `sentinelPassword`',
  ],
  [
    /^NOPERM/,
    'SENTINEL_NOPERM',
    'the user at the Sentinels may not ask for the master: ACL SETUSER <user> +auth +hello +ping +client|setinfo +subscribe +sentinel|get-master-addr-by-name +sentinel|sentinels &+switch-master',
  ],
  [
    /unknown command/i,
    'NOT_A_SENTINEL',
    'what listens at the address of a Sentinel is none: check that the port is that of a Sentinel, not of a data server',
  ],
];

/**
 * Why no Sentinel named the master, from what each of them that was asked failed with; null is one that knows no such group. What no
 * waiting mends says more than what may pass, and what was explained says more than that nothing answered.
 */
export function sentinelFailure(failures: readonly unknown[]): RedisInfraError {
  const all = failures.map(explained);
  const refusal = all.find(({ retryable }) => !retryable);
  return refusal ?? all.find(({ context }) => context.reason !== UNREACHABLE) ?? all[0] ?? unreachable(undefined);
}

const UNREACHABLE = 'SENTINELS_UNREACHABLE';

function explained(failure: unknown): RedisInfraError {
  if (failure === null) return lasting(UNKNOWN_GROUP[1], UNKNOWN_GROUP[2]);
  if (failure instanceof RedisInfraError) {
    const { retryable, context, cause } = failure;
    return new RedisInfraError('CONNECTION_FAILED', `no Sentinel can be asked: ${failure.message}`, {
      retryable,
      context,
      cause,
    });
  }
  if (failure instanceof Error) {
    const found = REPLIES.find(([pattern]) => pattern.test(failure.message));
    if (found !== undefined) return lasting(found[1], found[2]);
  }
  return unreachable(failure);
}

function lasting(reason: string, message: string): RedisInfraError {
  return new RedisInfraError('CONNECTION_FAILED', message, { retryable: false, context: { reason } });
}

function unreachable(failure: unknown): RedisInfraError {
  const system = systemCodeOf(failure);
  const context: ErrorContext = { reason: UNREACHABLE, ...(system === undefined ? {} : { system }) };
  const suffix = system === undefined ? '' : ` (${system})`;
  return new RedisInfraError('CONNECTION_FAILED', `no Sentinel can be reached, or none answers${suffix}`, { context });
}
