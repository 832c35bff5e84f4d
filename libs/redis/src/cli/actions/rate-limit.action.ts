import { RedisInfraError } from '../../common/redis-infra.error.js';
import { RateLimiter } from '../../rate-limiter/rate-limiter.js';
import type { RateLimitPolicy } from '../../rate-limiter/policy/rate-limit-policy.js';
import type { RateLimitDecision } from '../../rate-limiter/policy/rate-limit-decision.js';
import type { CliIo } from '../cli-io.js';
import type { PolicyOptions } from '../commands/rate-limit.command.js';
import { policyDefinition } from '../connection/policy-definition.js';
import { withAdapter } from '../connection/with-adapter.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { formatCount, formatMs } from '../terminal/figures.js';
import { styleOf } from '../terminal/style.js';

/** Prints what is left for a subject. Spends nothing. */
export function showLimit(name: string, subject: string, options: PolicyOptions, io: CliIo): Promise<ExitCode> {
  return withLimiter(name, options, io, async (limiter, policy) => {
    const decision = await limiter.peek(policy, subject);
    if (decision.source === 'closed') throw new RedisInfraError('LIMITER_UNAVAILABLE', 'Redis does not answer');
    io.stdout.write(options.json === true ? `${JSON.stringify(decision.policies[0])}\n` : describe(decision, io));
    return EXIT.ok;
  });
}

/** Removes the count and a block of a subject. */
export function resetLimit(name: string, subject: string, options: PolicyOptions, io: CliIo): Promise<ExitCode> {
  return withLimiter(name, options, io, async (limiter, policy) => {
    await limiter.reset(policy, subject);
    const text = `The count of this subject for ${name} is reset.`;
    io.stdout.write(`${options.json === true ? JSON.stringify({ reset: true }) : text}\n`);
    return EXIT.ok;
  });
}

async function withLimiter(
  name: string,
  options: PolicyOptions,
  io: CliIo,
  work: (limiter: RateLimiter, policy: RateLimitPolicy) => Promise<ExitCode>,
): Promise<ExitCode> {
  // The limiter checks every member.
  const policy = (await policyDefinition(name, options)) as unknown as RateLimitPolicy;
  return withAdapter(io, options, async (adapter) => {
    const { timeout: deadline } = options;
    const limiter = new RateLimiter(adapter, { policies: [policy], deadline, onError: 'closed', denyCache: false });
    try {
      return await work(limiter, policy);
    } finally {
      await limiter.close();
    }
  });
}

function describe(decision: RateLimitDecision, io: CliIo): string {
  const { bold, dim } = styleOf(io, io.stdout);
  const { policy, allowed, remaining, burst, limit, windowMs, resetMs, retryAfterMs, shadow } = decision;
  const rows: [string, string | undefined][] = [
    ['policy', `${policy}: ${formatCount(limit)} in ${formatMs(windowMs)}${shadow ? ', in shadow' : ''}`],
    ['next', allowed ? 'allowed' : 'refused'],
    ['remaining', `${formatCount(remaining)} of ${formatCount(burst)}`],
    ['retry in', retryAfterMs === undefined ? undefined : formatMs(retryAfterMs)],
    ['full in', formatMs(resetMs)],
  ];
  return rows.map(([name, text]) => (text === undefined ? '' : `${dim(name.padEnd(10))} ${bold(text)}\n`)).join('');
}
