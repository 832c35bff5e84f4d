import { outsideRequests } from '../../../common/async-context.js';
import type { Clock } from '../../../common/clock.js';
import type { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { Timers } from '../../../common/time/timers.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { STAMP_KEY } from '../../../domain/models/internal-keys.js';
import type { OwnPlacement } from './own-placement.js';
import { ProcessPresence } from './process-presence.js';
import type { ShardStamps } from './shard-stamps.js';
import { notInUse, otherPhase, otherShard, otherTopology, phasesUnknown, severalServers } from './stamp-errors.js';
import { formatStamp, judgeStamp, moveOf, parseStamp, type Stamp, type StampVerdict } from './stamp.js';

/** A server that is out of service is checked again after this time. */
const RECHECK_MS = 1000;
/** The stamp of a server in use is read again after this time. */
const CHECK_MS = 1000;
/**
 * How long calls may be sent after a stamp was read, counted from before the read. A phase that may no longer run has
 * ended in every process after this time, also in one that was stopped or cut off.
 */
export const PERMISSION_MS = 3000;

/** What a guard reports. */
export interface StampListener {
  /** The shard had no stamp: it is new, was emptied, or its stamp was evicted. */
  unstamped(): void;
  /** The server is not used. `stamped` is the id in its stamp. */
  refused(reason: Exclude<StampVerdict, 'accepted'>, stamped: string | undefined): void;
  /** The server is used again. */
  accepted(): void;
}

/** What a guard knows of the other shards and of this process. */
export interface PlacementSource {
  /** Identifies this process among those that use the shards. */
  readonly processId: string;
  /** By which shards this process places keys. Undefined if it does not use the shard now. */
  ownFor(shard: string): OwnPlacement | undefined;
  /** The stamp of another shard; undefined if none has answered. */
  stampElsewhere(shard: string): Promise<Stamp | undefined>;
}

export interface StampGuardOptions {
  readonly id: string;
  readonly adapter: CacheStore;
  readonly stamps: ShardStamps;
  /** Whether several connections may reach several servers although the shard is one. */
  readonly isPool: boolean;
  readonly placement: PlacementSource;
  readonly topologyChange: 'refuse' | 'flush';
  readonly clock: Clock;
  readonly timers: Timers;
  readonly listener: StampListener;
}

/**
 * Lets calls pass to the server of a shard while it carries a stamp that permits it. The stamp is checked before the first
 * call, after each loss of a connection, because the next connection may reach another server, and every second, because
 * another process may have entered the next phase of a reshard. A check permits calls for some seconds only: a process
 * that was stopped checks again before its next call.
 */
export class StampGuard {
  /** The number of lost connections. A reply to a call from before the latest loss may come from another server. */
  losses = 0;
  private permissionEndMs = -Infinity;
  private checking: Promise<void> | undefined;
  private refusal: { readonly error: RedisInfraError; readonly atMs: number } | undefined;
  /** The shard carried this topology once, so a later one is newer and must not be flushed. */
  private wasAccepted = false;
  private cancelCheck: (() => void) | undefined;
  private readonly closeHandlers = new Set<() => void>();
  private readonly presence: ProcessPresence;

  constructor(private readonly options: StampGuardOptions) {
    const { link } = options.adapter.can ?? {};
    this.presence = new ProcessPresence(options.placement.processId, options.stamps, options.clock);
    link?.onLoss(() => this.close());
    link?.onChange((state) => {
      // Early, so that a wrong address is reported before a call needs the shard.
      if (state === 'up' && !this.isOpen && this.own !== undefined) outsideRequests(() => this.ready()).catch(() => {});
    });
  }

  /** Calls may be sent until this monotonic time. */
  get permittedUntilMs(): number {
    return this.permissionEndMs;
  }

  /** Calls may be sent. */
  get isOpen(): boolean {
    return this.options.clock.monotonicMs() < this.permissionEndMs;
  }

  /** The server is not used, because of its stamp. */
  get isRefused(): boolean {
    return this.refusal !== undefined;
  }

  /** The next call checks the stamp. */
  close(): void {
    this.forbid();
    this.losses++;
    this.forgetRecentCheck();
  }

  /**
   * Calls the handler each time the permission ends before `permittedUntilMs`. The returned function unsubscribes it.
   */
  onClose(handler: () => void): () => void {
    // The same function may be subscribed twice.
    const own = (): void => handler();
    this.closeHandlers.add(own);
    return () => void this.closeHandlers.delete(own);
  }

  /** Ends the checks until the next call, and what this process has registered. */
  async end(): Promise<void> {
    this.close();
    this.cancelCheck?.();
    this.cancelCheck = undefined;
    await this.presence.end();
  }

  /**
   * Resolves when calls may be sent. Concurrent callers share one check.
   * @throws RedisInfraError CONNECTION_FAILED if the server is another shard or unavailable; OPTION_INVALID if its keys
   * were placed with other shards, or are moved and this process is in a phase that may not run
   */
  ready(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    const { refusal } = this;
    if (refusal !== undefined && this.options.clock.monotonicMs() - refusal.atMs < RECHECK_MS)
      return Promise.reject(refusal.error);
    return this.sharedCheck();
  }

  /** Like `ready`, within the limits of a view of the adapter. */
  readyWithin(view: CacheStore): Promise<void> {
    if (this.isOpen || this.isRefused || view === this.options.adapter) return this.ready();
    return this.check(view);
  }

  /** Checks the server also if it was refused just now. */
  recheck(): Promise<void> {
    this.forgetRecentCheck();
    return this.ready();
  }

  /** Checks the server by the placement that this process has from now on, and registers the process with it. */
  async rejudge(): Promise<void> {
    this.forbid();
    // A check that runs already may have judged by the placement before.
    await this.checking?.catch(() => {});
    this.forbid();
    await this.recheck();
    await this.presence.announced();
  }

  private forbid(): void {
    this.permissionEndMs = -Infinity;
    for (const handler of this.closeHandlers) handler();
  }

  private get own(): OwnPlacement | undefined {
    return this.options.placement.ownFor(this.options.id);
  }

  private sharedCheck(): Promise<void> {
    return (this.checking ??= this.check(this.options.adapter).finally(() => (this.checking = undefined)));
  }

  private async check(adapter: CacheStore): Promise<void> {
    const { losses } = this;
    const { id, isPool, stamps, clock } = this.options;
    const { own } = this;
    if (own === undefined) throw notInUse(id);
    const beganMs = clock.monotonicMs();
    // While calls are permitted no connection was lost since the servers were compared.
    if (isPool && !this.isOpen) await this.requireOneServer(adapter);
    const text = await stamps.read(adapter);
    const stamp = text === undefined ? await this.stampAnew(adapter, own) : await this.judge(adapter, text, own);
    // Another connection was lost meanwhile, the phase of this process has changed, or it was stopped for too long.
    const isLate = clock.monotonicMs() >= beganMs + PERMISSION_MS;
    if (isLate || losses !== this.losses || own !== this.own) return this.check(adapter);
    this.accept(beganMs);
    if (stamp?.next !== undefined) this.presence.announce(own);
  }

  /** Judges a stamp. Returns the stamp that the server has now. */
  private async judge(adapter: CacheStore, text: string, own: OwnPlacement): Promise<Stamp | undefined> {
    const { id, topologyChange } = this.options;
    const found = parseStamp(text);
    const verdict = judgeStamp(found, id, own);
    if (verdict === 'accepted') return found;
    if (verdict === 'other-topology' && topologyChange === 'flush' && own.next === undefined && !this.wasAccepted) {
      await adapter.clear();
      return this.write(adapter, { id, topology: own.topology }, text, own);
    }
    // A process that does not know of the move has stamped the server after it lost its data.
    if (verdict === 'other-phase' && found?.next === undefined) return this.restore(adapter, text, own);
    this.refuse(verdict, found, own);
  }

  private async stampAnew(adapter: CacheStore, own: OwnPlacement): Promise<Stamp | undefined> {
    if (own.next !== undefined) return this.restore(adapter, '', own);
    return this.write(adapter, { id: this.options.id, topology: own.topology }, '', own);
  }

  /** Writes the stamp of another shard, which has not lost it. */
  private async restore(adapter: CacheStore, text: string, own: OwnPlacement): Promise<Stamp | undefined> {
    const { id, placement } = this.options;
    const elsewhere = await placement.stampElsewhere(id);
    if (elsewhere === undefined) throw phasesUnknown(id);
    const verdict = judgeStamp(elsewhere, elsewhere.id, own);
    if (verdict !== 'accepted' || moveOf(elsewhere) === undefined) this.refuse('other-phase', elsewhere, own);
    return this.write(adapter, { ...elsewhere, id, isClean: false }, text, own);
  }

  private async write(
    adapter: CacheStore,
    stamp: Stamp,
    replaces: string,
    own: OwnPlacement,
  ): Promise<Stamp | undefined> {
    const reply = await this.options.stamps.write(formatStamp(stamp), replaces, adapter);
    if (reply.kind === 'other') return this.judge(adapter, reply.text, own);
    if (reply.kind === 'stamped' && replaces === '') this.options.listener.unstamped();
    return stamp;
  }

  /** The next call checks the server, even if it was refused just now. */
  private forgetRecentCheck(): void {
    if (this.refusal !== undefined) this.refusal = { ...this.refusal, atMs: -Infinity };
  }

  private async requireOneServer(adapter: CacheStore): Promise<void> {
    // Connects, if nothing is connected yet.
    await adapter.has(STAMP_KEY);
    const identities = (await adapter.can?.link?.identities()) ?? [];
    const servers = new Set(identities.map(({ runId }) => runId));
    if (servers.size > 1) throw severalServers(this.options.id);
  }

  private accept(beganMs: number): void {
    this.permissionEndMs = beganMs + PERMISSION_MS;
    this.wasAccepted = true;
    this.checkLater();
    if (this.refusal === undefined) return;
    this.refusal = undefined;
    this.options.listener.accepted();
  }

  /** While calls are permitted, so that a call rarely waits for a check. */
  private checkLater(): void {
    this.cancelCheck ??= outsideRequests(() =>
      this.options.timers.afterInBackground(CHECK_MS, () => {
        this.cancelCheck = undefined;
        if (this.isOpen)
          this.sharedCheck()
            .catch(() => {})
            .finally(() => this.isOpen && this.checkLater());
      }),
    );
  }

  private refuse(verdict: Exclude<StampVerdict, 'accepted'>, found: Stamp | undefined, own: OwnPlacement): never {
    const { id, clock, listener } = this.options;
    const error = refusalOf(verdict, id, found, own);
    const isNew = this.refusal?.error.message !== error.message;
    this.refusal = { error, atMs: clock.monotonicMs() };
    this.forbid();
    if (isNew) listener.refused(verdict, found?.id);
    throw error;
  }
}

function refusalOf(
  verdict: Exclude<StampVerdict, 'accepted'>,
  id: string,
  found: Stamp | undefined,
  own: OwnPlacement,
): RedisInfraError {
  if (verdict === 'other-shard') return otherShard(id, found?.id);
  return verdict === 'other-topology' ? otherTopology(id) : otherPhase(id, found, own);
}
