import type { Simulation } from '../histories/simulation.js';
import { describe } from './returned-value.js';

/** G5: what must not be left when a history has ended. */
export const checkEnd = {
  /** All loads have settled: no lease is held by a process that could end it. */
  leases({ server, leases, recorder }: Simulation): void {
    for (const key of server.leases.held()) {
      const token = server.leases.holder(key);
      if (token !== undefined && leases.isForgotten(token)) {
        recorder.violation('G5', `the lease of '${key}' is held after its load has settled`);
      }
    }
  },

  /** All calls have settled, no error was lost, and no process has timers after it disconnected. */
  calls({ recorder, scheduler, participants }: Simulation): void {
    for (const call of recorder.calls) {
      if (call.end !== undefined || call.actor.process.state === 'killed') continue;
      recorder.violation('G5', `${describe(call)} does not settle`);
    }
    for (const error of scheduler.strayErrors) {
      recorder.violation('G5', `an error that no caller receives: ${String(error)}`);
    }
    for (const { process, disconnectedAt } of participants) {
      if (process.state === 'killed') continue;
      if (disconnectedAt === undefined) recorder.violation('G5', `${process.name}: disconnect() does not resolve`);
      if (process.pendingTimers > 0) {
        recorder.violation('G5', `${process.name} has ${process.pendingTimers} timers after disconnect()`);
      }
    }
  },
};
