import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach } from 'vitest';

/** The events of a channel, in order: the event, and a copy of the message at that time. */
export type Recorded<Trace> = readonly (Trace & { readonly event: string })[];

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
const ends: (() => void)[] = [];

/** Subscribes to a channel until the test has ended. `onStart` runs in the async context of the operation. */
export function recordTraces<Trace extends object>(
  name: string,
  onStart: (trace: Trace) => void = () => {},
): Recorded<Trace> {
  const recorded: (Trace & { readonly event: string })[] = [];
  const channel = tracingChannel<Trace, Trace>(name);
  for (const event of EVENTS) {
    const record = (message: unknown): void => {
      const trace = message as Trace;
      if (event === 'start') onStart(trace);
      recorded.push({ ...trace, event });
    };
    channel[event].subscribe(record);
    ends.push(() => channel[event].unsubscribe(record));
  }
  return recorded;
}

/** Registers the end of all subscriptions after each test. */
export function endTraces(): void {
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });
}
