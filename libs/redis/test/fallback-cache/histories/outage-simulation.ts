import { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import type { EntryStore } from '../../../src/domain/entry-store.js';
import type { CacheStore, StoreLink } from '../../../src/domain/cache-store.js';
import { CacheContext, type FallbackChoice } from '../../../src/service/cache/cache-context.js';
import { CacheService } from '../../../src/service/cache/cache.service.js';
import type { CacheUnderTest } from '../../cache-engine/engines/engine-under-test.js';
import { ModelEntryStore } from '../../cache-engine/model/model-entry-store.js';
import type { ServerState } from '../../cache-engine/model/model-server.js';
import { SettledChannels } from '../../cache-engine/model/settled-channels.js';
import { VirtualProcess } from '../../cache-engine/simulation/virtual-process.js';
import { VirtualScheduler } from '../../cache-engine/simulation/virtual-scheduler.js';
import type { FallbackEngine, FallbackUnderTest } from '../engines/fallback-engine.js';
import { RecordedEntryStore, type Acknowledgement } from '../model/acknowledgements.js';
import { ModelDisk } from '../model/model-disk.js';
import { OutageConnection } from '../model/outage-connection.js';
import { OutageLink } from '../model/outage-link.js';
import { OutageServer } from '../model/outage-server.js';
import { OutageStore } from '../model/outage-store.js';
import { VirtualDatabase } from '../model/virtual-database.js';
import type { OutagePlan } from './outage-plan.js';
import type { Moment } from '../../cache-engine/histories/recorder.js';
import { OutageRecorder, type OutageActor } from './outage-recorder.js';

/** What a process uses in the place of its store. */
export interface Surroundings {
  /** The entries that the fallback finds. */
  readonly entries?: EntryStore;
  /** The link that the fallback finds. */
  readonly link?: StoreLink;
  /** Replaces the entries that `CacheService` finds: those of the fallback. */
  readonly above?: (entries: EntryStore) => EntryStore;
}

/** Mechanisms that are switched off, from outside of the fallback. */
export interface OutageSwitches {
  /** Former connections are not closed on the server. */
  readonly withoutFence?: boolean;
  /** The journal is in memory, although it must survive a crash. */
  readonly withoutStorage?: boolean;
  /** Replaces parts of each process. */
  readonly around?: (entries: EntryStore, link: StoreLink, process: VirtualProcess) => Surroundings;
}

/** The distance between the seeds of two orders. */
const ORDER_SEEDS = 0x2545f491;

/** A process of the fleet with its cache. */
export interface OutageParticipant extends OutageActor {
  readonly acknowledgements: Acknowledgement[];
  readonly cache: CacheUnderTest;
  readonly fallback: FallbackUnderTest;
  readonly connection: OutageConnection;
  readonly link: OutageLink;
}

interface Connected {
  readonly server: OutageServer;
  readonly process: VirtualProcess;
  readonly connection: OutageConnection;
  readonly link: OutageLink;
  readonly model: ModelEntryStore;
}

/** The server, the database and the processes of one history with outages. */
export class OutageSimulation {
  readonly scheduler: VirtualScheduler;
  readonly recorder: OutageRecorder;
  readonly server: OutageServer;
  readonly database = new VirtualDatabase();
  /** Every start of a process. */
  readonly participants: OutageParticipant[] = [];
  /** What the server stores before the first call. */
  readonly emptyState: ServerState;
  private readonly disks: readonly ModelDisk[];
  private readonly channels = new SettledChannels();

  constructor(
    private readonly engine: FallbackEngine,
    private readonly plan: OutagePlan,
    private readonly switches: OutageSwitches = {},
  ) {
    this.scheduler = new VirtualScheduler(new FuzzRandom(plan.seed + plan.order * ORDER_SEEDS, plan.index));
    this.recorder = new OutageRecorder(this.scheduler);
    const nothing = (): void => undefined;
    this.server = new OutageServer(this.scheduler, {
      onChange: nothing,
      onVersions: nothing,
      onSettled: (key) => this.channels.settled(key),
      onGranted: nothing,
      onEnded: nothing,
    });
    this.emptyState = this.server.copy();
    this.disks = Array.from({ length: plan.processes }, () => new ModelDisk());
    for (let place = 0; place < plan.processes; place++) this.start(place);
  }

  /** The process that runs at a place of the fleet; undefined if it was killed and has not been started again. */
  running(place: number): OutageParticipant | undefined {
    return this.participants.findLast((one) => one.place === place && one.process.state !== 'killed');
  }

  /** Starts a process at a place of the fleet. */
  start(place: number): OutageParticipant {
    const connected = this.connected(`process ${place}`);
    const { process, connection, link } = connected;
    const now = (): Moment => this.recorder.now();
    const entries = new RecordedEntryStore(now, this.server, connection, this.channels.of(connection));
    const fallback = this.fallback(place, connected, entries);
    const participant: OutageParticipant = {
      place,
      process,
      acknowledgements: entries.acknowledgements,
      pausedMs: 0,
      killedAt: undefined,
      isClosing: false,
      disconnectedAt: undefined,
      cache: this.cacheOn(fallback.store, process),
      fallback,
      connection,
      link,
    };
    this.participants.push(participant);
    return participant;
  }

  /** Kills a process. What it has sent may arrive, except after a stall. */
  kill(participant: OutageParticipant): void {
    participant.killedAt = this.recorder.now();
    participant.process.kill();
    participant.connection.abandon();
    this.disks[participant.place]?.tear((length) => this.scheduler.random.below(length));
  }

  /** A cache without a fallback, in a process of its own: it shows what the server holds. */
  observer(): CacheUnderTest {
    const connected = this.connected('the observer');
    return this.cacheOn(storeOf(connected, connected.model, connected.link), connected.process, { fallback: false });
  }

  private connected(name: string): Connected {
    const process = new VirtualProcess(name, this.scheduler);
    const connection = new OutageConnection(process, this.server);
    const link = new OutageLink(this.server, connection, this.switches.withoutFence !== true);
    const model = new ModelEntryStore(this.server, connection, this.channels.of(connection));
    return { server: this.server, process, connection, link, model };
  }

  private fallback(place: number, connected: Connected, recorded: EntryStore): FallbackUnderTest {
    const { plan, switches, engine } = this;
    const { process } = connected;
    const around = switches.around?.(recorded, connected.link, process) ?? {};
    const { entries = recorded, link = connected.link, above } = around;
    const isDurable = plan.durability === 'file' && switches.withoutStorage !== true;
    const { store, isRecovered } = engine.create({
      primary: storeOf(connected, entries, link),
      environment: this.environment(process),
      storage: isDurable ? this.disks[place]?.openedBy(process) : undefined,
      maxStaleMs: plan.maxStaleMs,
      journalLimit: plan.journalLimit,
    });
    return { store: above === undefined ? store : withEntries(store, above), isRecovered };
  }

  private cacheOn(store: CacheStore, process: VirtualProcess, choice: FallbackChoice = {}): CacheUnderTest {
    const options = { ttl: '1h', earlyRefresh: false, ...choice } as const;
    return new CacheService(CacheContext.create(store, options, '', this.environment(process)));
  }

  private environment({ clock, timers }: VirtualProcess): Pick<VirtualProcess, 'clock' | 'timers'> & {
    readonly random: () => number;
  } {
    return { clock, timers, random: () => this.scheduler.random.below(2 ** 30) / 2 ** 30 };
  }
}

function storeOf(
  { model, link, connection, server }: Connected,
  entries: EntryStore,
  usedLink: StoreLink,
): OutageStore {
  return new OutageStore(entries, {
    model,
    link: usedLink,
    clear: () => connection.call([], () => server.clear()),
    open: () => link.connect(),
    close: () => link.disconnect(),
  });
}

/** The same store with other entries. */
function withEntries(store: CacheStore, replace: (entries: EntryStore) => EntryStore): CacheStore {
  const { can } = store;
  if (can?.entries === undefined) return store;
  return Object.assign(Object.create(store) as CacheStore, { can: { ...can, entries: replace(can.entries) } });
}
