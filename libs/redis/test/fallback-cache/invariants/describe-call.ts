import type { OutageCall, RowProduction } from '../histories/outage-recorder.js';

/** Describes a call for a message. */
export function describeCall({ actor, event, begin }: OutageCall): string {
  const key = 'key' in event ? ` '${event.namespace}:${event.key}'` : ` of ${event.namespace}`;
  return `${event.kind}${key} of ${actor.process.name} at ${begin.ms} ms`;
}

/** Describes a value for a message. */
export function describeValue({ row, version, set }: RowProduction): string {
  return `version ${version} of '${row}' (${set === undefined ? 'loaded' : describeCall(set)})`;
}
