import type { Production, RecordedCall } from '../histories/recorder.js';

/** The age that a near copy may have. */
export const NEAR_BOUND_MS = 1000;

/** A read that returned a value of the history. */
export interface ReturnedValue {
  readonly call: RecordedCall & { readonly end: NonNullable<RecordedCall['end']> };
  readonly production: Production;
}

/** Describes a call for a message. */
export function describe({ actor, event, begin }: RecordedCall): string {
  const key = 'key' in event ? ` '${event.key}'` : '';
  return `${actor.process.name}: ${event.kind}${key} at ${begin.ms} ms`;
}
