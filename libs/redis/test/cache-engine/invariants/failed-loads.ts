import type { RecordedCall, Recorder } from '../histories/recorder.js';

/** True if a load of the key of a call failed while the call ran, or shortly before: its error mark may be stored. */
export function loadFailedDuring(recorder: Recorder, { event, begin, end }: RecordedCall, marksLastMs = 0): boolean {
  if (!('key' in event)) return false;
  return recorder.productions.some(
    (load) =>
      load.hasFailed &&
      load.key === event.key &&
      load.namespace === event.namespace &&
      (end === undefined || load.begin.order < end.order) &&
      load.end !== undefined &&
      load.end.ms >= begin.ms - marksLastMs,
  );
}
