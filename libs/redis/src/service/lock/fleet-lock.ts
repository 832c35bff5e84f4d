import { optionInvalid } from '../../common/options.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import { unwatchSignal, watchSignal } from '../../common/signal-watch.js';
import { SYSTEM_ENVIRONMENT, type Environment } from '../../common/time/environment.js';
import type { CacheStore, CallOptions, ScriptHost } from '../../domain/cache-store.js';
import { checkKey } from '../../domain/models/cache-key.js';
import { requireStore } from '../../domain/models/is-store.js';
import {
  resolveAcquireOptions,
  resolveLockOptions,
  type AcquireOptions,
  type FleetLockOptions,
  type ResolvedLockOptions,
} from './fleet-lock.options.js';
import { lockLost, RenewedLock, type HeldLock } from './held-lock.js';
import { isUnknown, LockLease } from './lock-lease.js';
import type { LockReply } from './script/lock.scripts.js';

/** A waiting call requests the lock again after this time on average. */
const POLL_MS = 200;

/** The result of one request. */
type Request = { readonly reply: LockReply; readonly sentMs: number };

/**
 * A lock that one holder at a time has among all processes of the fleet. It is held by the server, for its ttl, and
 * renewed while the holder lives. A holder that was paused or disconnected for longer than the ttl has lost the lock, and
 * its `signal` is aborted. Pass `fence` to the resource that the lock protects, because no lock can stop a holder that
 * does not notice in time.
 *
 * @example
 * const lock = new FleetLock(redis);
 * await lock.withLock('invoices', async ({ signal, fence }) => sendInvoices({ signal, fence }));
 * @see docs/reference/lock.md
 */
export class FleetLock {
  private readonly scripts: ScriptHost;

  /**
   * @param store where the locks are held: a store that runs scripts
   * @throws RedisInfraError OPTION_INVALID
   */
  constructor(store: CacheStore, options?: FleetLockOptions);
  /** @internal */
  constructor(store: CacheStore, options?: FleetLockOptions, environment?: Environment);
  constructor(
    store: CacheStore,
    private readonly options: FleetLockOptions = {},
    private readonly environment: Environment = SYSTEM_ENVIRONMENT,
  ) {
    requireStore(store, 'store');
    const { scripts } = store.can ?? {};
    if (scripts === undefined)
      throw optionInvalid('store', 'does not run scripts: pass a RedisAdapter or a ShardedCache');
    resolveLockOptions(options);
    this.scripts = scripts;
  }

  /**
   * Takes the lock if it is free. Does not wait.
   * @returns undefined if another holder has it
   * @throws RedisInfraError OPTION_INVALID; KEY_INVALID; the error of a store that is unavailable
   */
  async tryAcquire(name: string, options: AcquireOptions = {}): Promise<HeldLock | undefined> {
    return this.take(name, { ...resolveAcquireOptions(options, this.options), waitMs: 0 });
  }

  /**
   * Takes the lock. Waits for another holder, at most for `wait`, and not for a store that is unavailable.
   * @throws RedisInfraError LOCK_HELD if another holder has it after `wait`; DEADLINE_EXCEEDED if `signal` was aborted;
   * OPTION_INVALID; KEY_INVALID; the error of a store that is unavailable
   */
  async acquire(name: string, options: AcquireOptions = {}): Promise<HeldLock> {
    return this.takeOrReject(name, options);
  }

  /**
   * Runs `work` while this process holds the lock, and releases it.
   * @returns what `work` returns
   * @throws RedisInfraError LOCK_LOST if the lock was lost while `work` ran and resolved: another holder may have run at
   * the same time. The error of `work` otherwise, and those of `acquire`
   */
  async withLock<T>(name: string, work: (lock: HeldLock) => Promise<T>, options: AcquireOptions = {}): Promise<T> {
    const lock = await this.takeOrReject(name, options);
    let result: T;
    try {
      result = await work(lock);
    } catch (error) {
      await lock.end().catch(() => false);
      throw error;
    }
    const isLost = lock.signal.aborted;
    // If the release has no reply, the lock expires. Until then it was held.
    const wasHeld = await lock.end().catch(() => true);
    if (isLost || !wasHeld) throw lockLost('the lock was lost while its work ran, so other work may have run as well');
    return result;
  }

  private async takeOrReject(name: string, options: AcquireOptions): Promise<RenewedLock> {
    const lock = await this.take(name, resolveAcquireOptions(options, this.options));
    if (lock !== undefined) return lock;
    throw new RedisInfraError('LOCK_HELD', 'another holder has the lock', { outcome: 'not-executed' });
  }

  private async take(name: string, options: ResolvedLockOptions): Promise<RenewedLock | undefined> {
    checkKey(name);
    const { clock } = this.environment;
    const lease = new LockLease(this.scripts, name, options.ttlMs);
    const dueMs = clock.monotonicMs() + options.waitMs;
    for (;;) {
      const { reply, sentMs } = await this.request(lease, options.signal);
      if (reply.status === 'acquired') {
        const { fence } = reply;
        return new RenewedLock({ name, fence, lease, renew: options.renew, environment: this.environment }, sentMs);
      }
      const leftMs = dueMs - clock.monotonicMs();
      if (leftMs <= 0) return undefined;
      const pollMs = POLL_MS * (0.5 + this.environment.random());
      await this.pause(Math.max(1, Math.min(leftMs, reply.remainingMs, pollMs)), options.signal);
    }
  }

  /** Repeats a request whose reply was lost, once: the server recognises the token. */
  private async request(lease: LockLease, signal: AbortSignal | undefined): Promise<Request> {
    try {
      return await this.requestOnce(lease, signal);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      if (signal?.aborted !== true) {
        try {
          return await this.requestOnce(lease, signal);
        } catch {
          // The first error says more.
        }
      }
      lease.abandon(error);
      throw error;
    }
  }

  private async requestOnce(lease: LockLease, signal: AbortSignal | undefined): Promise<Request> {
    const sentMs = this.environment.clock.monotonicMs();
    const call: CallOptions | undefined = signal && { signal };
    return { reply: await lease.acquire(call), sentMs };
  }

  private pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        cancel();
        if (signal !== undefined) unwatchSignal(signal, onAbort);
      };
      const onAbort = (): void => {
        end();
        const init = { cause: signal?.reason, outcome: 'not-executed' } as const;
        reject(new RedisInfraError('DEADLINE_EXCEEDED', 'the wait for the lock was aborted', init));
      };
      const cancel = this.environment.timers.after(ms, () => {
        end();
        resolve();
      });
      if (signal?.aborted === true) onAbort();
      else if (signal !== undefined) watchSignal(signal, onAbort);
    });
  }
}
