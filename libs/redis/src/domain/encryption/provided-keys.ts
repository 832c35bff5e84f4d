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

/** Keys of this age are asked for anew, beside the call that finds them so: it goes on with what is known. */
export const KEYS_FRESH_MS = 5 * 60 * 1000;
/** Sealing waits for the answer at this age: a process that was idle must not seal with a key that was dropped meanwhile. */
export const KEYS_STALE_MS = 60 * 60 * 1000;
/** After an answer the provider is left alone for so long, whatever unknown kids turn up. */
export const ASK_GAP_MS = 5000;
/** The same while no keys are known at all. */
export const FIRST_ASK_GAP_MS = 1000;
/** A question without an answer is given up at this age; the next call asks again. */
export const ASK_GIVEN_UP_MS = 30_000;

const PATHS = { keys: 'encryption.provider.keys()', primary: 'encryption.provider.primary()' };

interface Question {
  readonly askedMs: number;
  /** Never rejects. */
  readonly answered: Promise<void>;
}

/**
 * The keys of a provider: asked for on first use, cached, one question at a time. There are no timers, so nobody asks
 * while nobody calls. A provider that fails or hangs changes nothing as long as some keys are known.
 */
export class ProvidedKeys implements KeySource {
  private ring: KeyRing | undefined;
  /** When the keys known were asked for. */
  private ringMs = -Infinity;
  private question: Question | undefined;
  private quietUntilMs = -Infinity;
  /** True from a question that was given up to the next answer: nobody waits then, unless there are no keys at all. */
  private hangs = false;
  /** What was wrong with the last answer. */
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
    const answered = this.ask(nowMs);
    if (answered !== undefined && ageMs >= KEYS_STALE_MS) return answered.then(() => this.known('not-sent').primary);
    return this.known('not-sent').primary;
  }

  opening(kid: number): RingKey | undefined | Promise<RingKey | undefined> {
    const nowMs = this.clock.monotonicMs();
    const key = this.ring?.find(kid);
    if (key !== undefined) {
      if (nowMs - this.ringMs >= KEYS_FRESH_MS) void this.ask(nowMs);
      return key;
    }
    const answered = this.ask(nowMs);
    if (answered !== undefined) return answered.then(() => this.known('executed').find(kid));
    this.known('executed');
    return undefined;
  }

  private known(outcome: Outcome): KeyRing {
    if (this.ring === undefined) throw keysUnavailable(this.problem, outcome);
    return this.ring;
  }

  /** Asks, where that is due. The answer is what to wait for; undefined where there is nothing to wait for. */
  private ask(nowMs: number): Promise<void> | undefined {
    if (this.question !== undefined && nowMs - this.question.askedMs >= ASK_GIVEN_UP_MS) {
      this.question = undefined;
      this.hangs = true;
    }
    if (this.question === undefined) {
      if (nowMs < this.quietUntilMs) return undefined;
      const question: Question = {
        askedMs: nowMs,
        answered: readKeys(this.provider).then((answer) => this.accept(question, answer)),
      };
      this.question = question;
    }
    return this.hangs && this.ring !== undefined ? undefined : this.question.answered;
  }

  private accept(question: Question, answer: KeySet | string): void {
    if (this.question === question) this.question = undefined;
    // An answer that was given up is still good, unless a later question was answered before it.
    if (question.askedMs < this.ringMs) return;
    this.hangs = false;
    if (typeof answer === 'string') {
      this.problem = answer;
    } else {
      this.ringMs = question.askedMs;
      if (this.ring?.isOf(answer) !== true) this.ring = this.makeRing(answer);
    }
    this.quietUntilMs = this.clock.monotonicMs() + (this.ring === undefined ? FIRST_ASK_GAP_MS : ASK_GAP_MS);
  }
}

/** The provider's keys, or what was wrong: never its error, which may carry what it was asked or answered with. */
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

/** The keys, or what is wrong with them, in words of this package. */
function checkKeys(keys: unknown, primary: unknown): KeySet | string {
  try {
    return resolveKeySet(keys, checkString(primary, PATHS.primary), PATHS);
  } catch (error) {
    if (error instanceof RedisInfraError && error.code === 'OPTION_INVALID') return error.message;
    return errorName(error) ?? 'it threw';
  }
}
