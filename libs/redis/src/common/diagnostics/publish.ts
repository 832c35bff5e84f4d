import type { Traces, TraceResult } from './channels.js';

/** Publishes `start`, runs the synchronous part of an operation, and publishes `end`. */
export function begin<T, Trace extends object>(channel: Traces<Trace>, trace: Trace, work: () => T): T {
  return channel.start.runStores(trace, () => {
    try {
      return work();
    } finally {
      channel.end.publish(trace);
    }
  });
}

/** Publishes the end of an operation, after its result was set: `error` if it failed, `asyncStart` and `asyncEnd`. */
export function finish<Trace extends TraceResult<string>>(channel: Traces<Trace>, trace: Trace): void {
  if (trace.outcome === 'error' || trace.outcome === 'timeout') channel.error.publish(trace);
  channel.asyncStart.publish(trace);
  channel.asyncEnd.publish(trace);
}
