import type { RecordedCall, Recorder } from '../histories/recorder.js';
import { hasFailedBetween } from '../histories/recorder.js';
import { describe } from './returned-value.js';

/** A caller that waits for another process learns of the end of the load, and reads the value. */
const LONGEST_WAIT_MS = 2500;

/** G2: a caller that waits for the load of another process does not wait much longer than for the last load of its key. */
export function checkWaiting(recorder: Recorder, call: RecordedCall): void {
  const { event, actor, begin, end } = call;
  if (event.kind !== 'getOrSet' || end === undefined) return;
  const isDisturbed =
    actor.pausedAt !== undefined || recorder.hasKilledProcess || recorder.hasLostData || anyFailed(recorder, call);
  if (isDisturbed) return;
  const loads = recorder.productions.filter(
    ({ key, namespace, begin: loadBegin }) =>
      key === event.key && namespace === event.namespace && loadBegin.order < end.order,
  );
  const lastEndMs = Math.max(begin.ms, ...loads.map((load) => load.end?.ms ?? Infinity));
  if (end.ms <= lastEndMs + LONGEST_WAIT_MS) return;
  recorder.violation(
    'G2',
    `${describe(call)} waits until ${end.ms} ms, the last load of its key ended at ${lastEndMs} ms`,
  );
}

/** A process whose calls fail may keep others waiting. */
function anyFailed({ calls }: Recorder, { begin, end }: RecordedCall): boolean {
  const actors = new Set(calls.map(({ actor }) => actor));
  return [...actors].some(
    (actor) => hasFailedBetween(actor, { ...begin, order: -1 }, end) || actor.pausedAt !== undefined,
  );
}
