import type { OutageSimulation } from '../histories/outage-simulation.js';
import { describeCall } from './describe-call.js';

/** F3 and F5: what must not be left when a history has ended. */
export const checkOutageEnd = {
  /** Every process has recovered after the last fault. */
  recovered({ participants, recorder }: OutageSimulation): void {
    for (const { process, fallback } of participants) {
      if (process.state === 'killed' || fallback.isRecovered()) continue;
      recorder.violation('F5', `${process.name} has not recovered after the last fault`);
    }
  },

  /** All calls have settled, no error was lost, and no process has timers after it disconnected. */
  calls({ recorder, scheduler, participants }: OutageSimulation): void {
    for (const call of recorder.calls) {
      if (call.end !== undefined || call.actor.process.state === 'killed') continue;
      recorder.violation('F3', `${describeCall(call)} does not settle`);
    }
    for (const error of scheduler.strayErrors) {
      recorder.violation('F5', `an error that no caller receives: ${String(error)}`);
    }
    for (const { process, disconnectedAt } of participants) {
      if (process.state === 'killed') continue;
      if (disconnectedAt === undefined) recorder.violation('F5', `${process.name}: disconnect() does not resolve`);
      if (process.pendingTimers > 0) {
        recorder.violation('F5', `${process.name} has ${process.pendingTimers} timers after disconnect()`);
      }
    }
  },
};
