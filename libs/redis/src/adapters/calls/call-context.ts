import { durationMs } from '../../common/duration.js';
import { checkCallOptions, checkSignal } from '../../common/options.js';
import type { CallOptions } from '../../domain/cache-store.js';
import type { StoreCodec } from '../../domain/value-codec.js';
import { DEADLINE_LIMITS } from '../resilience/resilience-options.js';
import type { CallLimits } from '../wire/pending-call.js';

/**
 * What one call may use: its limits, and the codec of its values. A view of a store passes its own context with each
 * call.
 */
export interface CallContext extends CallLimits {
  readonly codec: StoreCodec;
}

const CALL_OPTIONS = ['deadline', 'signal'] as const satisfies readonly (keyof CallOptions)[];

/**
 * Returns `context` with the limits that `call` sets.
 * @throws RedisInfraError OPTION_INVALID
 */
export function withCallOptions(context: CallContext, call: CallOptions | undefined): CallContext {
  if (call === undefined) return context;
  checkCallOptions(call, CALL_OPTIONS, 'call');
  const { deadline, signal } = call;
  checkSignal(signal, 'call.signal');
  return {
    deadlineMs: deadline === undefined ? context.deadlineMs : durationMs(deadline, 'call.deadline', DEADLINE_LIMITS),
    signal: signal ?? context.signal,
    codec: context.codec,
  };
}

/** Returns `context` with other limits, such as those that remain of a call. */
export function withLimits(context: CallContext, limits: CallLimits): CallContext {
  return { ...limits, codec: context.codec };
}
