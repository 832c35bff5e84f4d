import { randomUUID } from 'node:crypto';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CallOptions, ScriptHost } from '../../domain/cache-store.js';
import { lockKey } from '../../domain/models/internal-keys.js';
import { ACQUIRE_LOCK, RELEASE_LOCK, RENEW_LOCK, type LockReply } from './script/lock.scripts.js';

/** The fencing number is remembered for this long after the lock ended. Later it continues from the time. */
const RETAIN_MS = 24 * 60 * 60 * 1000;

/** The commands of one acquisition. Its token distinguishes it from every other one, also of this process. */
export class LockLease {
  private readonly key: string;
  private readonly token = randomUUID();

  constructor(
    private readonly scripts: ScriptHost,
    name: string,
    readonly ttlMs: number,
  ) {
    this.key = lockKey(name);
  }

  acquire(call?: CallOptions): Promise<LockReply> {
    return this.scripts.run(ACQUIRE_LOCK, [this.key], [this.token, this.ttlMs, RETAIN_MS], call);
  }

  /** @returns false if the token does not hold the lock */
  renew(call: CallOptions): Promise<boolean> {
    return this.scripts.run(RENEW_LOCK, [this.key], [this.token, this.ttlMs, RETAIN_MS], call);
  }

  /** @returns false if the token did not hold the lock */
  release(): Promise<boolean> {
    return this.scripts.run(RELEASE_LOCK, [this.key], [this.token, RETAIN_MS]);
  }

  /** Releases what an acquisition without a reply may have taken. If this fails, the lock expires. */
  abandon(error: unknown): void {
    if (isUnknown(error)) void this.release().catch(() => {});
  }
}

/** Whether a call that failed may have taken effect. */
export function isUnknown(error: unknown): boolean {
  return error instanceof RedisInfraError && (error.outcome === 'unknown' || error.outcome === 'executed');
}
