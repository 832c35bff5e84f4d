import type { EntryTimes } from '../engines/engine-under-test.js';
import { MAX_DELAY_MS } from '../model/model-connection.js';
import type { Recorder } from '../histories/recorder.js';
import { loadFailedFor } from './failed-loads.js';
import { describe, type ReturnedValue } from './returned-value.js';

/** A process knows the time of the server, and a value its own age, except for the time on the way. */
const TOLERANCE_MS = 3 * MAX_DELAY_MS;

/**
 * G4: `get` returns a value for `ttl` after its load, `getOrSet` for `staleWhileRevalidate` longer, and for
 * `staleIfError` more only if a load fails.
 */
export function checkWindows(recorder: Recorder, { call, production }: ReturnedValue, times: EntryTimes): void {
  const { end } = production;
  if (end === undefined || end.order > call.begin.order) return;
  const { ttlMs, staleWhileRevalidateMs, staleIfErrorMs } = times;
  const ageMs = call.begin.ms - end.ms - TOLERANCE_MS;
  if (ageMs <= ttlMs) return;
  const problem = (window: string): void =>
    recorder.violation('G4', `${describe(call)} returns #${production.id} of ${end.ms} ms after its ${window}`);
  if (call.event.kind === 'get' || production.isPlain) return problem('ttl');
  if (ageMs <= ttlMs + staleWhileRevalidateMs) return;
  if (ageMs > ttlMs + staleWhileRevalidateMs + staleIfErrorMs) return problem('last window');
  if (!loadFailedFor(recorder, call, times)) problem('staleWhileRevalidate without a failed load');
}
