import { PREFIXES, type NamespaceName } from '../../cache-engine/histories/history-plan.js';
import { hashOfTag } from '../../../src/service/cache/entry/tag-hash.js';
import type { Acknowledgement } from '../model/acknowledgements.js';
import type { OutageCall, OutageRecorder, RowProduction } from '../histories/outage-recorder.js';

/** A change that has resolved. */
export type Invalidation = OutageCall & { readonly end: NonNullable<OutageCall['end']> };

/** True for a call that changes something. */
export function isChange({ rows }: OutageCall): boolean {
  return rows.size > 0;
}

/** The changes that have resolved. */
export function invalidationsOf({ calls }: OutageRecorder): readonly Invalidation[] {
  return calls.filter(
    (call): call is Invalidation => isChange(call) && call.outcome !== undefined && 'value' in call.outcome,
  );
}

/** What the server has confirmed of a change: the change itself, or one that includes it. */
export function acknowledgementsOf({ actor, event, begin }: OutageCall): readonly Acknowledgement[] {
  return actor.acknowledgements.filter(({ sent, change }) => sent.order > begin.order && includes(change, event));
}

/** True if the server has confirmed a change before its caller learned of it. */
export function isConfirmed(call: OutageCall): boolean {
  const { end } = call;
  return end !== undefined && acknowledgementsOf(call).some(({ received }) => received.order < end.order);
}

/** True if a value was invalidated: no order of the calls permits that it is read after the invalidation. */
export function isInvalidatedBy(production: RowProduction, invalidation: Invalidation): boolean {
  const { event, rows, begin, actor } = invalidation;
  if (production.version >= (rows.get(production.row) ?? 0)) return false;
  if (event.kind === 'invalidateTags' && !production.tags.includes(event.tag)) return false;
  const { set } = production;
  if (set === undefined) return true;
  // Calls on a key keep the order in which a process made them.
  const isOrdered = set.actor === actor && 'key' in event;
  return isOrdered || (set.end !== undefined && set.end.order < begin.order);
}

function includes(change: Acknowledgement['change'], event: OutageCall['event']): boolean {
  const prefix = PREFIXES[event.namespace];
  if (change.kind === 'flush') return prefix.startsWith(change.prefix);
  if (event.kind === 'flush') return false;
  if (event.kind === 'invalidateTags') {
    return change.kind === 'tags' && change.prefix === prefix && change.tags.includes(hashOfTag(event.tag));
  }
  return change.kind === 'keys' && change.keys.includes(keyOf(event.namespace, event.key));
}

function keyOf(namespace: NamespaceName, key: string): string {
  return PREFIXES[namespace] + key;
}
