import type { PlannedEvent } from '../histories/history-plan.js';
import type { Production, RecordedCall, Recorder } from '../histories/recorder.js';
import type { EntryTimes } from '../engines/engine-under-test.js';
import { loadFailedFor } from './failed-loads.js';
import { describe, NEAR_BOUND_MS, type ReturnedValue } from './returned-value.js';

/** What a returned value is compared with. */
export interface FencingFacts {
  /** The changes that the store has confirmed. */
  readonly mutations: readonly RecordedCall[];
  readonly times: EntryTimes;
}

/**
 * G1: a value whose load began before an acknowledged change of its key is not returned to a call that began after the
 * acknowledgement. A process with near copies may be 1 s behind the changes of others.
 */
export function checkFencing(
  recorder: Recorder,
  { call, production }: ReturnedValue,
  { mutations, times }: FencingFacts,
): void {
  for (const mutation of mutations) {
    const { end } = mutation;
    if (end === undefined || end.order > call.begin.order) continue;
    const isRecent = end.ms >= call.begin.ms - NEAR_BOUND_MS;
    if (call.actor.hasNearCopies && mutation.actor !== call.actor && isRecent) continue;
    if (!isOlder(production, mutation) || !concerns(mutation.event, production)) continue;
    if (isKeptForErrors(mutation.event, call) && loadFailedFor(recorder, call, times)) continue;
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

/** True if a call may get the invalidated value when a load fails. */
function isKeptForErrors(mutation: PlannedEvent, { event }: RecordedCall): boolean {
  return mutation.kind === 'invalidateTags' && mutation.keepForErrors && event.kind === 'getOrSet';
}

function concerns(event: PlannedEvent, production: Production): boolean {
  switch (event.kind) {
    case 'flush':
      return event.namespace === 'root' || event.namespace === production.namespace;
    case 'invalidateTags':
      return event.namespace === production.namespace && event.tags.some((tag) => production.tags.includes(tag));
    case 'set':
    case 'delete':
    case 'incr':
      return event.namespace === production.namespace && event.key === production.key;
    default:
      return false;
  }
}
