import type { ServerState } from '../../cache-engine/model/model-server.js';
import type { OutageEvent, PlannedFault } from './outage-plan.js';
import type { OutageParticipant, OutageSimulation } from './outage-simulation.js';

type FaultEvent = OutageEvent & PlannedFault;

/** The time until a process notices that its server is gone. */
const NOTICE_MS = [0, 0, 1, 20, 200] as const;

/** Makes faults happen. */
export class FaultInjection {
  /**
   * @param captured what the server stores after an event that loses data
   * @param connect called with a process that was started again
   */
  constructor(
    private readonly simulation: OutageSimulation,
    private readonly captured: ReadonlyMap<OutageEvent, ServerState>,
    private readonly connect: (participant: OutageParticipant) => void,
  ) {}

  begin(event: FaultEvent): void {
    const { simulation } = this;
    const { server, scheduler } = simulation;
    const participant = simulation.running(event.process);
    switch (event.kind) {
      case 'drop':
        participant?.link.lose(event.lateMs, event.isReplaced);
        if (event.ms > 0) participant?.connection.partition(event.ms, 0);
        return undefined;
      case 'partition':
        return participant?.connection.partition(event.ms, event.lateMs);
      case 'outage':
        for (const { connection } of this.running()) connection.partition(event.ms, event.lateMs);
        return undefined;
      case 'freeze':
        return server.freeze(event.ms);
      case 'refuseWrites':
        server.refusesWrites = true;
        scheduler.after(event.ms, () => (server.refusesWrites = false), { isSilent: true });
        return undefined;
      case 'restart':
      case 'promotion':
        return this.replaceServer(event);
      case 'crash':
        if (participant !== undefined) this.crash(participant, event.ms);
        return undefined;
      case 'pause':
        if (participant !== undefined) participant.pausedMs += event.ms;
        return participant?.process.pause(event.ms);
    }
  }

  private replaceServer(event: Extract<FaultEvent, { kind: 'restart' | 'promotion' }>): void {
    const { server, scheduler, recorder, emptyState } = this.simulation;
    if (server.isDown) return;
    server.stop();
    recorder.dataLosses.push({ kind: event.kind, ...recorder.now() });
    const start = (): void => {
      const state = this.captured.get(event) ?? emptyState;
      if (event.kind === 'restart') server.startAgain(state);
      else server.promoteReplica(state, event.clockSkewMs);
    };
    if (event.ms === 0) start();
    else scheduler.after(event.ms, start, { isSilent: true });
    const isReplaced = event.kind === 'promotion' && event.isReplaced;
    for (const { connection, link } of this.running()) {
      connection.later(scheduler.random.pick(NOTICE_MS), () => link.lose(0, isReplaced));
    }
  }

  private crash(participant: OutageParticipant, ms: number): void {
    const { simulation } = this;
    simulation.kill(participant);
    simulation.scheduler.after(ms, () => this.connect(simulation.start(participant.place)));
  }

  private running(): readonly OutageParticipant[] {
    return this.simulation.participants.filter(({ process }) => process.state !== 'killed');
  }
}
