import type { NamespaceName } from '../../cache-engine/histories/history-plan.js';
import type { HistoryLoader } from '../../cache-engine/engines/engine-under-test.js';
import type { ServerState } from '../../cache-engine/model/model-server.js';
import type { FallbackEngine } from '../engines/fallback-engine.js';
import { checkOutageCalls } from '../invariants/check-outage-calls.js';
import { checkOutageEnd } from '../invariants/check-outage-end.js';
import { checkStaleForEver } from '../invariants/check-stale-for-ever.js';
import { rowOf } from '../model/virtual-database.js';
import { FaultInjection } from './fault-injection.js';
import { outageCounts, type OutageCounts } from './outage-counts.js';
import { isCall, TAGS_OF, type OutageEvent, type OutagePlan } from './outage-plan.js';
import type { OutageCall, OutageViolation } from './outage-recorder.js';
import { OutageSimulation, type OutageParticipant, type OutageSwitches } from './outage-simulation.js';

/** After the last fault has healed, every process recovers within this time. */
const RECOVERY_MS = 20_000;

/** The namespaces that a flush concerns. */
const FLUSHED: Readonly<Record<NamespaceName, readonly NamespaceName[]>> = {
  root: ['root', 'users'],
  users: ['users'],
};

/** What came of a history. */
export interface OutageResult {
  readonly violations: readonly OutageViolation[];
  readonly counts: OutageCounts;
}

/** Runs one history with outages and checks it. */
export async function runOutageHistory(
  engine: FallbackEngine,
  plan: OutagePlan,
  switches: OutageSwitches = {},
): Promise<OutageResult> {
  const simulation = new OutageSimulation(engine, plan, switches);
  await new OutageHistoryRun(simulation, plan).complete();
  return { violations: simulation.recorder.violations, counts: outageCounts(simulation) };
}

/** The events of a history, the recovery, and then the reads of an observer that shows what the server holds. */
class OutageHistoryRun {
  /** What the server stores when it has lost changes: captured before the fault. */
  private readonly captured = new Map<OutageEvent, ServerState>();
  private readonly faults: FaultInjection;

  constructor(
    private readonly simulation: OutageSimulation,
    private readonly plan: OutagePlan,
  ) {
    this.faults = new FaultInjection(simulation, this.captured, (participant) => this.connect(participant));
  }

  async complete(): Promise<void> {
    const { simulation, plan } = this;
    const { scheduler, recorder } = simulation;
    for (const participant of simulation.participants) this.connect(participant);
    for (const event of plan.events) this.schedule(event);
    let isQuiet = await scheduler.run();
    scheduler.after(RECOVERY_MS, () => undefined);
    isQuiet &&= await scheduler.run();
    if (isQuiet) checkOutageEnd.recovered(simulation);
    isQuiet &&= await this.observe();
    for (const participant of simulation.participants) this.disconnect(participant);
    isQuiet &&= await scheduler.run();
    if (!isQuiet) recorder.violation('F5', 'the history does not come to an end');
    checkOutageCalls(simulation, plan);
    checkOutageEnd.calls(simulation);
  }

  private schedule(event: OutageEvent): void {
    const { scheduler, server, emptyState } = this.simulation;
    scheduler.after(event.atMs, () => (isCall(event) ? this.startCall(event) : this.faults.begin(event)));
    if (event.kind !== 'restart' && event.kind !== 'promotion') return;
    const captureMs = event.atMs - event.lostMs;
    if (captureMs < 0) this.captured.set(event, emptyState);
    else scheduler.after(captureMs, () => this.captured.set(event, server.copy()), { isSilent: true });
  }

  private async observe(): Promise<boolean> {
    const { simulation, plan } = this;
    const observer = simulation.observer();
    const rows = new Map(
      plan.events.flatMap((event) => ('key' in event ? [[rowOf(event.namespace, event.key), event]] : [])),
    );
    const read = async (): Promise<void> => {
      await observer.connect();
      for (const { namespace, key } of rows.values()) {
        const value = await (namespace === 'root' ? observer : observer.namespace(namespace)).get(key);
        checkStaleForEver(simulation, plan, value);
      }
      await observer.disconnect();
    };
    read().catch((error: unknown) => simulation.recorder.violation('F5', `the observer fails: ${String(error)}`));
    return simulation.scheduler.run();
  }

  private startCall(event: OutageCall['event']): void {
    const participant = this.simulation.running(event.process);
    if (participant === undefined || participant.isClosing) return;
    if (participant.process.state === 'paused') {
      // The application of a paused process begins nothing.
      this.simulation.scheduler.after(0, () => this.startCall(event), { process: participant.process });
      return;
    }
    const { recorder, database } = this.simulation;
    const rows = new Map(this.rowsOf(event).map((row) => [row, database.change(row)]));
    const call = recorder.beginCall(participant, event, rows);
    const settled = (outcome: OutageCall['outcome']): void => {
      call.end = recorder.now();
      call.outcome = outcome;
    };
    this.invoke(participant, call).then(
      (value) => settled({ value }),
      (error: unknown) => settled({ error }),
    );
  }

  /** The rows that a call changes in the database. */
  private rowsOf(event: OutageCall['event']): readonly string[] {
    const { namespace } = event;
    const keys = Object.keys(TAGS_OF);
    switch (event.kind) {
      case 'getOrSet':
      case 'get':
        return [];
      case 'delete':
      case 'set':
        return [rowOf(namespace, event.key)];
      case 'invalidateTags':
        return keys.filter((key) => TAGS_OF[key]?.includes(event.tag)).map((key) => rowOf(namespace, key));
      case 'flush':
        return FLUSHED[namespace].flatMap((name) => keys.map((key) => rowOf(name, key)));
    }
  }

  private async invoke(participant: OutageParticipant, call: OutageCall): Promise<unknown> {
    const { event, rows } = call;
    const cache = event.namespace === 'root' ? participant.cache : participant.cache.namespace(event.namespace);
    switch (event.kind) {
      case 'getOrSet':
        return cache.getOrSet(event.key, this.loader(participant, event), { tags: TAGS_OF[event.key] ?? [] });
      case 'get':
        return cache.get(event.key);
      case 'delete':
        return cache.delete(event.key);
      case 'set': {
        const row = rowOf(event.namespace, event.key);
        const tags = event.isPlain ? [] : (TAGS_OF[event.key] ?? []);
        const value = this.simulation.recorder.produce({ row, version: rows.get(row) ?? 0, set: call, tags });
        return cache.set(event.key, value, event.isPlain ? undefined : { tags });
      }
      case 'invalidateTags':
        return cache.invalidateTags([event.tag], { keepForErrors: false });
      case 'flush':
        return cache.flush({ wait: event.wait });
    }
  }

  private loader(
    { process }: OutageParticipant,
    { namespace, key, loadMs }: Extract<OutageCall['event'], { kind: 'getOrSet' }>,
  ): HistoryLoader {
    const { scheduler, database, recorder } = this.simulation;
    const row = rowOf(namespace, key);
    const elapsed = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        scheduler.after(ms, resolve, { process });
      });
    return async () => {
      await elapsed(loadMs / 2);
      const version = database.version(row);
      await elapsed(loadMs / 2);
      return recorder.produce({ row, version, set: undefined, tags: TAGS_OF[key] ?? [] });
    };
  }

  private connect(participant: OutageParticipant): void {
    this.settle(participant, participant.cache.connect());
  }

  private disconnect(participant: OutageParticipant): void {
    if (participant.process.state === 'killed' || participant.isClosing) return;
    participant.isClosing = true;
    const { recorder } = this.simulation;
    this.settle(participant, participant.cache.disconnect(), () => (participant.disconnectedAt = recorder.now()));
  }

  /** Waits for a promise of the life cycle. */
  private settle({ process }: OutageParticipant, promise: Promise<void>, done?: () => void): void {
    promise.then(done, (error: unknown) =>
      this.simulation.recorder.violation('F5', `${process.name}: connect or disconnect rejects: ${String(error)}`),
    );
  }
}
