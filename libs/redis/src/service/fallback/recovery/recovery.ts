import { outsideRequests } from '../../../common/async-context.js';
import type { CacheStore, StoreLink } from '../../../domain/cache-store.js';
import type { FallbackEvents } from '../../../domain/store-fallback.js';
import type { FallbackState } from '../fallback-state.js';
import { Replay } from './replay.js';
import { ServerWatch, type ServerChange } from './server-watch.js';

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 1000;

/**
 * Ends an outage, in this order: learn which server answers, invalidate what it may have lost, apply the journal, drop
 * the copies that never were in the store. A failure at any step keeps the rest, and the next attempt begins again.
 */
export class Recovery {
  private readonly servers: ServerWatch;
  private readonly link: StoreLink | undefined;
  private readonly replay: Replay;
  private subscriptions: readonly (() => void)[] = [];
  private isStarted = false;
  private cancelTimer: (() => void) | undefined;
  private attempts = 0;
  private running: Promise<void> | undefined;
  private replayed = 0;
  private isUnverified = false;
  /** The server whose possible loss of data was reported last: attempts that fail repeat only the reaction. */
  private reportedRunId: string | undefined;

  constructor(
    private readonly primary: CacheStore,
    private readonly state: FallbackState,
  ) {
    this.link = primary.can?.link;
    this.servers = new ServerWatch(this.link);
    this.replay = new Replay(primary, state);
  }

  /** Follows the connections of the primary store, and continues to end an outage. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    if (this.state.outage.isActive) this.begin();
    if (this.link === undefined) return;
    this.subscriptions = [
      this.link.onLoss(() => this.state.outage.lost()),
      this.link.onChange((state) => {
        if (state === 'up') void this.attempt();
      }),
    ];
  }

  /** Ends all timers. Resolves when no attempt runs any more. */
  async stop(): Promise<void> {
    this.isStarted = false;
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.subscriptions = [];
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    await this.running;
  }

  /** An outage has begun. Not every one ends with an event of the connections, so attempts repeat. */
  begin(): void {
    this.attempts = 0;
    this.schedule();
  }

  /** Tries to end the outage now. Does not reject. Without an outage it notes which server is in use. */
  attempt(): Promise<void> {
    this.running ??= outsideRequests(() => this.run()).finally(() => (this.running = undefined));
    return this.running;
  }

  private async run(): Promise<void> {
    if (this.link !== undefined && this.link.state !== 'up') return;
    try {
      await (this.state.outage.isActive ? this.recover() : this.noteServers());
    } catch {
      // The primary store is unavailable again. The timer repeats the attempt.
      if (this.cancelTimer === undefined && this.subscriptions.length > 0) this.schedule();
    }
  }

  /** Without an outage the servers have lost nothing. */
  private async noteServers(): Promise<void> {
    const { outage } = this.state;
    const { losses } = outage;
    await this.servers.check(0);
    if (losses === outage.losses) this.servers.accept();
  }

  private async recover(): Promise<void> {
    const { outage, copies, leases, journal } = this.state;
    const { losses } = outage;
    if (outage.isUntrusted) {
      await this.react(await this.servers.check(outage.unknownForMs));
      if (losses !== outage.losses) return;
      this.servers.accept();
      outage.trust();
    } else if (!this.servers.isInformed) {
      await this.noteServers();
    }
    await this.replay.run((count) => void (this.replayed += count));
    if (losses !== outage.losses || journal.size > 0) return;
    copies.deleteOutageValues();
    leases.clear();
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    outage.end(this.replayed);
    this.replayed = 0;
  }

  private async react(change: ServerChange): Promise<void> {
    const { events, options } = this.state;
    if (change.kind === 'unknown' && !this.isUnverified) {
      this.isUnverified = true;
      events.emit('unverified', {});
    }
    if (change.kind === 'promotion') this.repeatRecent(change.runId);
    if (change.kind !== 'restart') return;
    const isTrusted = options.onServerRestart === 'trust';
    this.report(change.runId, { reason: 'restart', reaction: isTrusted ? 'none' : 'flush' });
    if (!isTrusted) await this.flushOnce(change.runId);
  }

  /** Reports once for each server that it may have lost data. */
  private report(runId: string, loss: FallbackEvents['data-loss']): void {
    if (runId !== this.reportedRunId) this.state.events.emit('data-loss', loss);
    this.reportedRunId = runId;
  }

  /** Invalidates all values, once for each restart in the whole fleet. */
  private async flushOnce(runId: string): Promise<void> {
    const { versions, journal, copies } = this.state;
    const { entries } = this.primary.can ?? {};
    if (entries === undefined) return void journal.add({ kind: 'clear' });
    for (const scope of versions.roots) {
      const raised = await entries.raiseFloorOnce(scope, runId, versions.clock);
      if (raised === undefined) continue;
      versions.learn(scope, raised);
      // Hashes and counters are data: a flush for safety must not remove them.
      entries.sweep(scope, raised.floor, { keepData: true }).catch(() => {});
    }
    copies.clear();
  }

  /** Invalidates again what the new master may have missed. */
  private repeatRecent(runId: string): void {
    const { recent, outage, journal, versions } = this.state;
    const changes = recent.since(outage.lastKnownMs);
    this.report(runId, { reason: 'promotion', reaction: changes === undefined ? 'flush' : 'replay' });
    if (changes !== undefined) for (const change of changes) journal.add(change);
    else for (const { prefixes } of versions.roots) journal.add({ kind: 'flush', prefixes });
  }

  private schedule(): void {
    if (!this.isStarted) return;
    const { timers, random } = this.state.environment;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempts++) * (0.5 + random() / 2);
    this.cancelTimer?.();
    this.cancelTimer = timers.afterInBackground(delayMs, () => {
      this.cancelTimer = undefined;
      void this.attempt().then(() => {
        if (this.state.outage.isActive && this.cancelTimer === undefined) this.schedule();
      });
    });
  }
}
