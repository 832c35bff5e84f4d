import type { Recorder } from '../histories/recorder.js';
import { describe, NEAR_BOUND_MS, type ReturnedValue } from './returned-value.js';

/**
 * G3: a value that no running load delivers was in the store while the call ran; with near copies, or within the second
 * before. So a write by any program removes a copy in time.
 */
export function checkFreshness(recorder: Recorder, { call, production }: ReturnedValue): void {
  const { kind, end } = production;
  if (kind === 'load' && (end === undefined || end.order > call.begin.order)) return;
  const sinceMs = call.begin.ms - (call.actor.hasNearCopies ? NEAR_BOUND_MS : 0);
  const wasStored = production.stored.some(({ fromMs, untilMs }) => fromMs <= call.end.ms && untilMs >= sinceMs);
  if (wasStored) return;
  const guarantee = call.actor.hasNearCopies ? 'G3' : 'G1';
  recorder.violation(
    guarantee,
    `${describe(call)} returns #${production.id}, which left the store at ${production.stored.at(-1)?.untilMs ?? 'no time'} ms`,
  );
}
