import { RedisInfraError, type RedisInfraErrorInit } from '../../../common/redis-infra.error.js';
import type { CircuitName } from './circuit-state.js';

/** More kinds of calls than a program has: what comes beyond is made anew each time. */
const MAX_LABELS = 200;

/**
 * Refusals of calls at one circuit that is open. Each caller gets an error of its own, but all that can be made beforehand is; and none
 * has a stack, because taking one costs more than all else that is done for such a call.
 */
export class Refusals {
  private readonly made = new Map<string, readonly [message: string, init: RedisInfraErrorInit]>();

  constructor(
    private readonly circuit: CircuitName,
    /** Why the circuit is open; undefined: by hand. */
    private readonly cause: RedisInfraError | undefined,
  ) {}

  /** `label` is what the caller does. */
  of(label: string): RedisInfraError {
    const [message, init] = this.made.get(label) ?? this.make(label);
    return withoutStack(() => new RedisInfraError('CIRCUIT_OPEN', message, init));
  }

  private make(label: string): readonly [message: string, init: RedisInfraErrorInit] {
    const { circuit, cause } = this;
    const which = circuit === 'write' ? ' for writes' : '';
    const why = cause === undefined ? ', by hand' : ` (${cause.code})`;
    const context = Object.freeze({ command: label, circuit, because: cause?.code ?? 'ISOLATED' });
    const parts = [`${label} was not sent: the circuit is open${which}${why}`, { context, cause }] as const;
    if (this.made.size < MAX_LABELS) this.made.set(label, parts);
    return parts;
  }
}

/** The refusal of a call while `limit` commands are in flight and the queue behind them is full. */
export function overloaded(label: string, full: { readonly limit: number; readonly queued: number }): RedisInfraError {
  const context = { command: label, ...full };
  const message = `${label} was not sent: ${full.limit} commands are in flight and ${full.queued} wait to be sent`;
  return withoutStack(() => new RedisInfraError('OVERLOADED', message, { context }));
}

function withoutStack(make: () => RedisInfraError): RedisInfraError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
