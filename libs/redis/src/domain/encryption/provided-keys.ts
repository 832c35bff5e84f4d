import type { Clock } from '../../common/clock.js';
import { errorName } from '../../common/error-name.js';
import { checkString } from '../../common/options.js';
import { RedisInfraError, type Outcome } from '../../common/redis-infra.error.js';
import type { KeyProvider } from './key-provider.js';
import type { KeyRing } from './key-ring.js';
import { resolveKeySet, type KeySet } from './key-set.js';
import type { KeySource } from './key-source.js';
import type { RingKey } from './ring-key.js';
import { keysUnavailable } from './sealed-value.errors.js';

/** Keys of this age are refreshed in the background. The current call uses the cached keys. */
export const KEYS_FRESH_MS = 5 * 60 * 1000;
/**
 * At this age a seal waits for the refresh: a process that was idle must not seal with a key that was retired
 * meanwhile.
 */
export const KEYS_STALE_MS = 60 * 60 * 1000;
/** Minimum time between two requests to the provider, also if values name unknown kids. */
export const REQUEST_GAP_MS = 5000;
/** Minimum time between two requests while no keys are cached. */
export const FIRST_REQUEST_GAP_MS = 1000;
/** Timeout of a request to the provider. The next call sends a new one. */
export const REQUEST_TIMEOUT_MS = 30_000;

const PATHS = { keys: 'encryption.provider.keys()', primary: 'encryption.provider.primary()' };

interface KeyRequest {
  readonly startedMs: number;
  /** Resolves when the request has ended. Never rejects. */
  readonly done: Promise<void>;
}

/**
 * The keys of a provider: requested on first use and cached, with one request at a time. There are no timers: an idle
 * process sends no requests. A provider that fails or hangs has no effect while keys are cached.
 */
export class ProvidedKeys implements KeySource {
  private ring: KeyRing | undefined;
  /** When the request for the cached keys started. */
  private ringMs = -Infinity;
  private request: KeyRequest | undefined;
  private noRequestBeforeMs = -Infinity;
  /** True from a timeout to the next response. Calls do not wait then, unless no keys are cached. */
  private hangs = false;
  /** The problem of the last response. */
  private problem = '';

  constructor(
    private readonly provider: KeyProvider,
    private readonly makeRing: (set: KeySet) => KeyRing,
    private readonly clock: Clock,
  ) {}

  sealing(): RingKey | Promise<RingKey> {
    const nowMs = this.clock.monotonicMs();
    const ageMs = nowMs - this.ringMs;
    if (this.ring !== undefined && ageMs < KEYS_FRESH_MS) return this.ring.primary;
    const refreshed = this.refresh(nowMs);
    if (refreshed !== undefined && ageMs >= KEYS_STALE_MS)
      return refreshed.then(() => this.requireRing('not-sent').primary);
    return this.requireRing('not-sent').primary;
  }

  opening(kid: number): RingKey | undefined | Promise<RingKey | undefined> {
    const nowMs = this.clock.monotonicMs();
    const key = this.ring?.find(kid);
    if (key !== undefined) {
      if (nowMs - this.ringMs >= KEYS_FRESH_MS) void this.refresh(nowMs);
      return key;
    }
    const refreshed = this.refresh(nowMs);
    if (refreshed !== undefined) return refreshed.then(() => this.requireRing('executed').find(kid));
    this.requireRing('executed');
    return undefined;
  }

  private requireRing(outcome: Outcome): KeyRing {
    if (this.ring === undefined) throw keysUnavailable(this.problem, outcome);
    return this.ring;
  }

  /**
   * Requests the keys if a request is due. Returns the promise to wait for; undefined if there is no reason to wait.
   */
  private refresh(nowMs: number): Promise<void> | undefined {
    if (this.request !== undefined && nowMs - this.request.startedMs >= REQUEST_TIMEOUT_MS) {
      this.request = undefined;
      this.hangs = true;
    }
    if (this.request === undefined) {
      if (nowMs < this.noRequestBeforeMs) return undefined;
      const request: KeyRequest = {
        startedMs: nowMs,
        done: readKeys(this.provider).then((response) => this.accept(request, response)),
      };
      this.request = request;
    }
    return this.hangs && this.ring !== undefined ? undefined : this.request.done;
  }

  private accept(request: KeyRequest, response: KeySet | string): void {
    if (this.request === request) this.request = undefined;
    // A response after the timeout is still used, unless a later request was answered before it.
    if (request.startedMs < this.ringMs) return;
    this.hangs = false;
    if (typeof response === 'string') {
      this.problem = response;
    } else {
      this.ringMs = request.startedMs;
      if (this.ring?.isOf(response) !== true) this.ring = this.makeRing(response);
    }
    const gapMs = this.ring === undefined ? FIRST_REQUEST_GAP_MS : REQUEST_GAP_MS;
    this.noRequestBeforeMs = this.clock.monotonicMs() + gapMs;
  }
}

/** Returns the provider's keys, or the problem as text. Never its error, which may contain secrets. */
async function readKeys(provider: KeyProvider): Promise<KeySet | string> {
  let primary: unknown;
  let keys: unknown;
  try {
    primary = await provider.primary();
    keys = await provider.keys();
  } catch (error) {
    return errorName(error) ?? 'it threw';
  }
  return checkKeys(keys, primary);
}

/** Returns the checked keys, or the problem as text without secrets. */
function checkKeys(keys: unknown, primary: unknown): KeySet | string {
  try {
    return resolveKeySet(keys, checkString(primary, PATHS.primary), PATHS);
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'OPTION_INVALID') return error.message;
    return errorName(error) ?? 'it threw';
  }
}
