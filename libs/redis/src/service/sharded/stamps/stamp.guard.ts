import { outsideRequests } from '../../../common/async-context.js';
import type { Clock } from '../../../common/clock.js';
import { RedisInfraError } from '../../../common/redis-infra.error.js';
import type { CacheStore } from '../../../domain/cache-store.js';
import { STAMP_KEY } from '../../../domain/models/internal-keys.js';
import { capabilityOf } from '../shards/capability-of.js';
import { otherShard, otherTopology, severalServers } from './stamp-errors.js';
import { STAMP, type StampReply } from './stamp.script.js';
import { formatStamp, judgeStamp, parseStamp, type Stamp, type StampVerdict } from './stamp.js';

/** A server that is out of service is checked again after this time. */
const RECHECK_MS = 1000;

/** What a guard reports. */
export interface StampListener {
  /** The shard had no stamp: it is new, was emptied, or its stamp was evicted. */
  unstamped(): void;
  /** The server is not used. `stamped` is the id in its stamp. */
  refused(reason: Exclude<StampVerdict, 'accepted'>, stamped: string | undefined): void;
  /** The server is used again. */
  accepted(): void;
}

export interface StampGuardOptions {
  readonly adapter: CacheStore;
  /** Whether several connections may reach several servers although the shard is one. */
  readonly isPool: boolean;
  readonly stamp: Stamp;
  readonly topologyChange: 'refuse' | 'flush';
  readonly clock: Clock;
  readonly listener: StampListener;
}

/**
 * Lets calls pass to the server of a shard when it carries the stamp of the shard. The stamp is checked before the first
 * call and after each loss of a connection, because the next connection may reach another server.
 */
export class StampGuard {
  /** Calls may be sent. */
  isOpen = false;
  /** The number of lost connections. A reply to a call from before the latest loss may come from another server. */
  losses = 0;
  private checking: Promise<void> | undefined;
  private refusal: { readonly error: RedisInfraError; readonly atMs: number } | undefined;
  /** The shard carried this topology once, so a later one is newer and must not be flushed. */
  private wasAccepted = false;

  constructor(private readonly options: StampGuardOptions) {
    const { link } = options.adapter.can ?? {};
    link?.onLoss(() => this.close());
    link?.onChange((state) => {
      // Early, so that a wrong address is reported before a call needs the shard.
      if (state === 'up' && !this.isOpen) outsideRequests(() => this.ready()).catch(() => {});
    });
  }

  /** The server is not used, because of its stamp. */
  get isRefused(): boolean {
    return this.refusal !== undefined;
  }

  /** The next call checks the stamp. */
  close(): void {
    this.isOpen = false;
    this.losses++;
    this.forgetRecentCheck();
  }

  /**
   * Resolves when calls may be sent. Concurrent callers share one check.
   * @throws RedisInfraError CONNECTION_FAILED if the server is another shard or unavailable; OPTION_INVALID if its keys
   * were placed with other shards
   */
  ready(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    const { refusal } = this;
    if (refusal !== undefined && this.options.clock.monotonicMs() - refusal.atMs < RECHECK_MS)
      return Promise.reject(refusal.error);
    return (this.checking ??= this.check(this.options.adapter).finally(() => (this.checking = undefined)));
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

  private async check(adapter: CacheStore): Promise<void> {
    const { losses } = this;
    if (this.options.isPool) await this.requireOneServer(adapter);
    if (!(await this.hasOwnStamp(adapter))) await this.stampOrJudge(adapter);
    // Another connection was lost meanwhile: this server may not be the next one.
    if (losses !== this.losses) return this.check(adapter);
    this.accept();
  }

  /** A read, so that a server that does not accept writes now is used for reads. */
  private async hasOwnStamp(adapter: CacheStore): Promise<boolean> {
    const bytes = await capabilityOf(adapter, 'codec').bytes(STAMP_KEY);
    return bytes?.toString() === formatStamp(this.options.stamp);
  }

  private async stampOrJudge(adapter: CacheStore): Promise<void> {
    const reply = await this.stamp(adapter, '');
    if (reply.kind === 'other') await this.judge(adapter, reply.text);
    else if (reply.kind === 'stamped') this.options.listener.unstamped();
  }

  private async judge(adapter: CacheStore, text: string): Promise<void> {
    const { stamp, topologyChange } = this.options;
    const found = parseStamp(text);
    const verdict = judgeStamp(found, stamp);
    if (verdict === 'accepted') return;
    if (verdict === 'other-topology' && topologyChange === 'flush' && !this.wasAccepted) {
      await adapter.clear();
      const reply = await this.stamp(adapter, text);
      return reply.kind === 'other' ? this.judge(adapter, reply.text) : undefined;
    }
    this.refuse(verdict, found?.id);
  }

  private async stamp(adapter: CacheStore, replaces: string): Promise<StampReply> {
    try {
      const scripts = capabilityOf(adapter, 'scripts');
      return await scripts.run(STAMP, [STAMP_KEY], [formatStamp(this.options.stamp), replaces]);
    } catch (error) {
      // Something else has used the key.
      if (error instanceof RedisInfraError && error.code === 'WRONG_TYPE') return { kind: 'other', text: '' };
      throw error;
    }
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
    if (servers.size > 1) throw severalServers(this.options.stamp.id);
  }

  private accept(): void {
    this.isOpen = true;
    this.wasAccepted = true;
    if (this.refusal === undefined) return;
    this.refusal = undefined;
    this.options.listener.accepted();
  }

  private refuse(verdict: Exclude<StampVerdict, 'accepted'>, stamped: string | undefined): never {
    const { stamp, clock, listener } = this.options;
    const error = verdict === 'other-shard' ? otherShard(stamp.id, stamped) : otherTopology(stamp.id);
    const isNew = this.refusal?.error.message !== error.message;
    this.refusal = { error, atMs: clock.monotonicMs() };
    if (isNew) listener.refused(verdict, stamped);
    throw error;
  }
}
