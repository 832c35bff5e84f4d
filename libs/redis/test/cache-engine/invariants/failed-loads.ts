import type { EntryTimes } from '../engines/engine-under-test.js';
import type { RecordedCall, Recorder } from '../histories/recorder.js';

/** The longest time that an error mark lasts. */
const MAX_MARK_MS = 30_000;

/**
 * True if a load of the key of a call failed while the call ran. With `errorTtl` also if it failed shortly before: the
 * store may remember the failure.
 */
export function loadFailedFor(
  recorder: Recorder,
  { event, begin, end }: RecordedCall,
  { errorTtlMs }: EntryTimes,
): boolean {
  if (!('key' in event)) return false;
  const sinceMs = begin.ms - (errorTtlMs > 0 ? MAX_MARK_MS : 0);
  return recorder.productions.some(
    (load) =>
      load.hasFailed &&
      load.key === event.key &&
      load.namespace === event.namespace &&
      (end === undefined || load.begin.order < end.order) &&
      load.end !== undefined &&
      load.end.ms >= sinceMs,
  );
}
