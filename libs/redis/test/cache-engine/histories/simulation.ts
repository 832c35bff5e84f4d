import { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import type { EntryStore } from '../../../src/domain/entry-store.js';
import type { CacheUnderTest, Engine, EngineParts } from '../engines/engine-under-test.js';
import { LeaseWatch } from '../invariants/lease-watch.js';
import { ModelConnection } from '../model/model-connection.js';
import { ModelEntryStore } from '../model/model-entry-store.js';
import { ModelFeed, type FeedDefects } from '../model/model-feed.js';
import { ModelServer } from '../model/model-server.js';
import { SettledChannels } from '../model/settled-channels.js';
import { VirtualProcess } from '../simulation/virtual-process.js';
import { VirtualScheduler } from '../simulation/virtual-scheduler.js';
import type { HistoryPlan } from './history-plan.js';
import { Recorder, type Actor } from './recorder.js';

/** A mechanism that is switched off: the engine finds its store, or its feed, without it. */
export interface SwitchedOff {
  /** Replaces the store of a process. */
  readonly entries?: (entries: EntryStore, server: ModelServer) => EntryStore;
  readonly feed?: FeedDefects;
}

/** The distance between the seeds of two orders. */
const ORDER_SEEDS = 0x2545f491;

/** A process of a simulation with its cache. */
export interface Participant extends Actor {
  readonly cache: CacheUnderTest;
  readonly feed: ModelFeed;
}

/** The server, the network and the processes of one history. */
export class Simulation {
  readonly scheduler: VirtualScheduler;
  readonly recorder: Recorder;
  readonly server: ModelServer;
  readonly leases: LeaseWatch;
  readonly participants: Participant[] = [];
  readonly faults = { isDown: false, lossOnceIn: 0 };
  private readonly channels: SettledChannels;

  constructor(
    private readonly engine: Engine,
    private readonly plan: HistoryPlan,
    private readonly switchedOff: SwitchedOff = {},
  ) {
    this.scheduler = new VirtualScheduler(new FuzzRandom(plan.seed + plan.order * ORDER_SEEDS, plan.index));
    this.recorder = new Recorder(this.scheduler);
    this.channels = new SettledChannels();
    this.server = new ModelServer(this.scheduler, {
      onChange: (key, value) => {
        this.recorder.changed(key, value);
        for (const { feed } of this.participants) feed.changed(key);
      },
      onVersions: () => this.participants.forEach(({ feed }) => feed.versionsChanged()),
      onSettled: (key) => this.channels.settled(key),
      onGranted: (token) => this.leases.granted(token),
      onEnded: (token) => this.leases.ended(token),
    });
    this.leases = new LeaseWatch(this.recorder, (key) => this.server.leases.holder(key), plan.times.lockTimeoutMs);
    this.faults.lossOnceIn = plan.lossOnceIn;
    plan.nearProcesses.forEach((isNear, i) => this.start(`process ${i}`, isNear && engine.keepsNearCopies));
  }

  /** Starts a process with its cache. */
  start(name: string, hasNearCopies: boolean): Participant {
    const process = new VirtualProcess(name, this.scheduler);
    const connection = new ModelConnection(process, this.faults, {
      onFailure: () => actor.failures.push(this.recorder.now()),
    });
    const actor: Actor = {
      process,
      hasNearCopies,
      failures: [],
      isClosing: false,
      disconnectedAt: undefined,
      pausedAt: undefined,
    };
    const feed = new ModelFeed(connection, this.switchedOff.feed);
    const store = new ModelEntryStore(this.server, connection, this.channels.of(connection));
    const { entries = (unchanged: EntryStore): EntryStore => unchanged } = this.switchedOff;
    const cache = this.create(process, {
      entries: this.leases.observe(actor, entries(store, this.server)),
      feed,
      ttl: (key) => store.ttl(key),
      hasNearCopies,
    });
    const participant = Object.assign(actor, { cache, feed });
    this.participants.push(participant);
    return participant;
  }

  private create(
    process: VirtualProcess,
    {
      hasNearCopies,
      ...store
    }: Pick<EngineParts, 'entries' | 'feed' | 'ttl'> & Pick<EngineParts['options'], 'hasNearCopies'>,
  ): CacheUnderTest {
    const { clock, timers } = process;
    const options = { ...this.plan.times, hasNearCopies };
    const random = (): number => this.scheduler.random.below(2 ** 30) / 2 ** 30;
    return this.engine.create({ ...store, clock, timers, random, options });
  }
}
