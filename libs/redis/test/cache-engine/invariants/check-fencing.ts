import type { PlannedEvent } from '../histories/history-plan.js';
import type { Production, RecordedCall, Recorder } from '../histories/recorder.js';
import { loadFailedDuring } from './failed-loads.js';
import { describe, NEAR_BOUND_MS, type ReturnedValue } from './returned-value.js';

/**
 * G1: a value whose load began before an acknowledged change of its key is not returned to a call that began after the
 * acknowledgement. A process with near copies may be 1 s behind the changes of others.
 */
export function checkFencing(
  recorder: Recorder,
  { call, production }: ReturnedValue,
  mutations: readonly RecordedCall[],
): void {
  for (const mutation of mutations) {
    const { end } = mutation;
    if (end === undefined || end.order > call.begin.order) continue;
    const isRecent = end.ms >= call.begin.ms - NEAR_BOUND_MS;
    if (call.actor.hasNearCopies && mutation.actor !== call.actor && isRecent) continue;
    if (!isOlder(production, mutation) || !concerns(recorder, mutation.event, production, call)) continue;
    recorder.violation(
      'G1',
      `${describe(call)} returns #${production.id} (${production.kind} at ${production.begin.ms} ms) after ` +
        `${describe(mutation)} was acknowledged at ${end.ms} ms`,
    );
    return;
  }
}

function isOlder({ kind, begin, end }: Production, mutation: RecordedCall): boolean {
  if (kind === 'load') return begin.order < mutation.begin.order;
  return kind === 'set' && end !== undefined && end.order < mutation.begin.order;
}

function concerns(recorder: Recorder, event: PlannedEvent, production: Production, call: RecordedCall): boolean {
  switch (event.kind) {
    case 'flush':
      return event.namespace === 'root' || event.namespace === production.namespace;
    case 'invalidateTags': {
      const isTagged =
        event.namespace === production.namespace && event.tags.some((tag) => production.tags.includes(tag));
      return isTagged && !(event.keepForErrors && loadFailedDuring(recorder, call));
    }
    case 'set':
    case 'delete':
    case 'incr':
      return event.namespace === production.namespace && event.key === production.key;
    default:
      return false;
  }
}
