import { checkCalls } from '../invariants/check-calls.js';
import { checkEnd } from '../invariants/check-end.js';
import type { Engine, HistoryLoader } from '../engines/engine-under-test.js';
import { VirtualScheduler } from '../simulation/virtual-scheduler.js';
import { historyCounts, type HistoryCounts } from './history-counts.js';
import { PREFIXES, type HistoryPlan, type PlannedEvent, type PlannedLoad } from './history-plan.js';
import { hasFailedBetween, type Production, type RecordedCall, type Violation } from './recorder.js';
import { Simulation, type Participant, type SwitchedOff } from './simulation.js';

/** What came of a history. */
export interface HistoryResult {
  readonly violations: readonly Violation[];
  readonly counts: HistoryCounts;
}

type CallEvent = Extract<PlannedEvent, { readonly namespace: unknown }>;

/** The loader of a history failed, as planned. */
class PlannedFailure extends Error {}

/** Runs one history and checks it. */
export async function runHistory(
  engine: Engine,
  plan: HistoryPlan,
  switchedOff: SwitchedOff = {},
): Promise<HistoryResult> {
  const simulation = new Simulation(engine, plan, switchedOff);
  const run = new HistoryRun(simulation, plan);
  await run.complete();
  return { violations: simulation.recorder.violations, counts: historyCounts(simulation.recorder) };
}

/** The events of a history, and then the calls of an observer that shows what is left in the store. */
class HistoryRun {
  constructor(
    private readonly simulation: Simulation,
    private readonly plan: HistoryPlan,
  ) {}

  async complete(): Promise<void> {
    const { simulation } = this;
    const { scheduler, recorder } = simulation;
    for (const participant of simulation.participants) this.settle(participant, participant.cache.connect());
    for (const event of this.plan.events) scheduler.after(event.atMs, () => this.start(event));
    let isQuiet = await scheduler.run();
    if (isQuiet) checkEnd.leases(simulation);
    simulation.faults.isDown = false;
    simulation.faults.lossOnceIn = 0;
    isQuiet &&= await this.observe();
    for (const participant of simulation.participants) this.disconnect(participant);
    isQuiet &&= await scheduler.run();
    if (!isQuiet) recorder.violation('G5', 'the history does not come to an end');
    checkCalls(recorder, this.plan);
    checkEnd.calls(simulation);
  }

  /** Reads every key in a process without near copies: first fresh values only, then whatever a failed load permits. */
  private async observe(): Promise<boolean> {
    const { scheduler } = this.simulation;
    const observer = this.simulation.start('the observer', false);
    this.settle(observer, observer.cache.connect());
    const process = this.simulation.participants.length - 1;
    const load: PlannedLoad = { result: 'failure', ms: 1, tags: [], tagsItself: false };
    const keys = new Map(this.plan.events.flatMap((event) => ('key' in event ? [[keyOf(event), event]] : [])));
    const run = async (kind: 'get' | 'getOrSet'): Promise<boolean> => {
      for (const { namespace, key } of keys.values()) {
        this.start({ kind, namespace, key, load, atMs: scheduler.nowMs, process });
      }
      return scheduler.run();
    };
    return (await run('get')) && (await run('getOrSet'));
  }

  private start(event: PlannedEvent): void {
    const participant = this.simulation.participants[event.process];
    if (participant === undefined || participant.process.state === 'killed' || participant.isClosing) return;
    if (participant.process.state === 'paused') {
      // The application of a paused process begins nothing.
      this.simulation.scheduler.after(0, () => this.start(event), { process: participant.process });
      return;
    }
    if ('namespace' in event && event.kind !== 'foreignWrite') this.call(participant, event);
    else this.disturb(participant, event);
  }

  private disturb(participant: Participant, event: PlannedEvent): void {
    const { simulation } = this;
    const { scheduler, faults } = simulation;
    const { process } = participant;
    if (event.kind === 'pause') {
      participant.pausedAt = simulation.recorder.now();
      process.pause(event.ms);
    } else if (event.kind === 'kill') {
      process.kill();
      simulation.recorder.hasKilledProcess = true;
      simulation.leases.killed(participant);
    } else if (event.kind === 'disconnect') this.disconnect(participant);
    else if (event.kind === 'feedGap') participant.feed.interrupt(event.ms);
    else if (event.kind === 'dataLoss') {
      simulation.recorder.hasLostData = true;
      simulation.server.loseData();
    } else if (event.kind === 'clockJump') process.wallSkewMs += event.ms;
    else if (event.kind === 'serverDown') {
      faults.isDown = true;
      scheduler.after(event.ms, () => (faults.isDown = false), { isSilent: true });
    } else if (event.kind === 'foreignWrite') {
      const { key, namespace } = event;
      const production = simulation.recorder.produce({
        kind: 'foreign',
        call: undefined,
        key,
        namespace,
        tags: [],
        isPlain: true,
      });
      simulation.server.put(PREFIXES[namespace] + key, {
        value: { id: production.id },
        meta: undefined,
        ttlMs: this.plan.times.ttlMs,
      });
    }
  }

  private disconnect(participant: Participant): void {
    if (participant.process.state === 'killed' || participant.isClosing) return;
    participant.isClosing = true;
    const { recorder } = this.simulation;
    this.settle(participant, participant.cache.disconnect(), () => (participant.disconnectedAt = recorder.now()));
  }

  private call(participant: Participant, event: CallEvent): void {
    const { recorder } = this.simulation;
    const call = recorder.beginCall(participant, event);
    const settled = (outcome: RecordedCall['outcome']): void => {
      call.end = recorder.now();
      call.outcome = outcome;
    };
    this.invoke(participant, event, call).then(
      (value) => settled({ value }),
      (error: unknown) => settled({ error }),
    );
  }

  private async invoke(participant: Participant, event: CallEvent, call: RecordedCall): Promise<unknown> {
    const cache = event.namespace === 'root' ? participant.cache : participant.cache.namespace(event.namespace);
    switch (event.kind) {
      case 'getOrSet': {
        const { tags, tagsItself } = event.load;
        const options = tagsItself || tags.length === 0 ? undefined : { tags };
        return cache.getOrSet(event.key, this.loader(participant, event.load, call), options);
      }
      case 'get':
        return cache.get(event.key);
      case 'set':
        return this.set(cache, event, call);
      case 'delete':
        return cache.delete(event.key);
      case 'incr':
        return cache.incr(event.key);
      case 'invalidateTags':
        return cache.invalidateTags(event.tags, { keepForErrors: event.keepForErrors });
      case 'flush':
        return cache.flush({ wait: event.wait });
      case 'foreignWrite':
    }
    return undefined;
  }

  private async set(
    cache: Participant['cache'],
    { key, namespace, tags }: Extract<CallEvent, { kind: 'set' }>,
    call: RecordedCall,
  ): Promise<void> {
    const production = this.simulation.recorder.produce({
      kind: 'set',
      call,
      key,
      namespace,
      tags: tags ?? [],
      isPlain: tags === undefined,
    });
    await cache.set(key, { id: production.id }, tags === undefined ? undefined : { tags });
    // A write that failed may still be executed later.
    if (!hasFailedBetween(call.actor, call.begin)) production.end = this.simulation.recorder.now();
  }

  private loader(participant: Participant, load: PlannedLoad, call: RecordedCall): HistoryLoader {
    const { recorder, leases, scheduler } = this.simulation;
    const { key, namespace } = call.event as Extract<CallEvent, { kind: 'getOrSet' }>;
    return async (context) => {
      if (participant.disconnectedAt !== undefined) {
        recorder.violation('G5', `${participant.process.name}: a load of '${key}' begins after disconnect()`);
      }
      const production = recorder.produce({ kind: 'load', call, key, namespace, tags: load.tags, isPlain: false });
      const ended = leases.loadBegins(participant, production);
      try {
        await elapsed(load.ms, participant, scheduler, context.signal);
        if (load.tagsItself) context.tag(...load.tags);
        if (load.result === 'skip') context.skip();
        return resultOf(load, production);
      } catch (error) {
        production.hasFailed = true;
        throw error;
      } finally {
        production.end = recorder.now();
        ended();
      }
    };
  }

  /** Waits for a promise of the life cycle. */
  private settle(participant: Participant, promise: Promise<void>, done?: () => void): void {
    const failed = (error: unknown): void =>
      this.simulation.recorder.violation(
        'G5',
        `${participant.process.name}: connect or disconnect rejects: ${String(error)}`,
      );
    promise.then(done, failed);
  }
}

function keyOf({ namespace, key }: { readonly namespace: string; readonly key: string }): string {
  return `${namespace}:${key}`;
}

function resultOf({ result }: PlannedLoad, { id }: Production): unknown {
  if (result === 'failure') throw new PlannedFailure('the loader fails, as planned');
  if (result === 'undefined') return undefined;
  return result === 'null' ? null : { id };
}

/** The time of a loader. It ends early if the signal is aborted. */
function elapsed(
  ms: number,
  { process }: Participant,
  scheduler: VirtualScheduler,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(ms, resolve, { process });
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
