import { RedisInfraError, type RedisInfraErrorInit } from '../../../common/redis-infra.error.js';
import type { CircuitName } from './circuit-state.js';

/** The maximum number of cached messages. A program has fewer kinds of calls; further ones are not cached. */
const MAX_LABELS = 200;

/**
 * Creates the errors of one open circuit. Each caller gets a new error, with a cached message and context. The errors
 * have no stack, because it costs more than the rest of a refused call.
 */
export class Refusals {
  private readonly cache = new Map<string, readonly [message: string, init: RedisInfraErrorInit]>();

  constructor(
    private readonly circuit: CircuitName,
    /** Why the circuit is open; undefined when it was opened by hand. */
    private readonly cause: RedisInfraError | undefined,
  ) {}

  /** The error for a call; `label` is the operation of the caller. */
  of(label: string): RedisInfraError {
    const [message, init] = this.cache.get(label) ?? this.create(label);
    return withoutStack(() => new RedisInfraError('CIRCUIT_OPEN', message, init));
  }

  private create(label: string): readonly [message: string, init: RedisInfraErrorInit] {
    const { circuit, cause } = this;
    const which = circuit === 'write' ? ' for writes' : '';
    const why = cause === undefined ? ', by hand' : ` (${cause.code})`;
    const context = Object.freeze({ command: label, circuit, because: cause?.code ?? 'ISOLATED' });
    const parts = [`${label} was not sent: the circuit is open${which}${why}`, { context, cause }] as const;
    if (this.cache.size < MAX_LABELS) this.cache.set(label, parts);
    return parts;
  }
}

/** The error OVERLOADED for a call while `limit` commands are in flight and the queue is full. */
export function overloaded(label: string, full: { readonly limit: number; readonly queued: number }): RedisInfraError {
  const context = { command: label, ...full };
  const message = `${label} was not sent: ${full.limit} commands are in flight and ${full.queued} wait to be sent`;
  return withoutStack(() => new RedisInfraError('OVERLOADED', message, { context }));
}

function withoutStack(create: () => RedisInfraError): RedisInfraError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return create();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
