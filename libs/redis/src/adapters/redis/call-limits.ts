import { durationMs } from '../../common/duration.js';
import { checkOptions, checkSignal } from '../../common/options.js';
import type { CallOptions } from '../../domain/cache-store.js';
import { DEADLINE_LIMITS } from '../resilience/resilience-options.js';
import type { CallLimits } from '../wire/pending-call.js';

/** The limits of a call: its own options, and `defaults` for what they do not set. @throws RedisInfraError OPTION_INVALID */
export function resolveLimits(call: CallOptions | undefined, defaults: CallLimits): CallLimits {
  if (call === undefined) return defaults;
  checkOptions(call, ['deadline', 'signal'], 'call');
  checkSignal(call.signal, 'call.signal');
  return {
    ...defaults,
    deadlineMs:
      call.deadline === undefined ? defaults.deadlineMs : durationMs(call.deadline, 'call.deadline', DEADLINE_LIMITS),
    signal: call.signal ?? defaults.signal,
  };
}
