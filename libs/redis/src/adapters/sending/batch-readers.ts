import type { CallLimits, PendingCall } from '../wire/pending-call.js';

/**
 * Decodes the bytes of a reply into the value that the caller receives; may return a promise. `limits` are those of the
 * call.
 */
export type ReadBytes<T, L extends CallLimits> = (
  bytes: Buffer,
  at: { readonly key: string },
  limits: L,
) => T | Promise<T>;

/** The replies for a list of companion keys, undefined if absent. They are valid during the call that gets them. */
export type Records = readonly (Buffer | undefined)[];

/** The replies for the companion keys of a batch. */
export class CompanionBytes {
  private readonly bytes = new Map<string, Buffer | undefined>();
  private latestKeys: readonly string[] | undefined = undefined;
  private latestBytes: (Buffer | undefined)[] = [];

  set(key: string, reply: unknown): void {
    this.bytes.set(key, toBytes(reply));
  }

  /** The bytes of these keys, undefined if absent. Readers with the same list of keys get the same array. */
  of(keys: readonly string[]): Records {
    if (keys !== this.latestKeys) {
      this.release();
      this.latestKeys = keys;
      this.latestBytes = keys.map((key) => this.bytes.get(key));
    }
    return this.latestBytes;
  }

  /** Forgets the replies. A caller that keeps an array, to recognise it, must not keep a buffer of the connection. */
  release(): void {
    this.latestBytes.length = 0;
  }
}

/** One caller of a key. */
export interface BatchReader {
  readonly key: string;
  readonly companions: readonly string[];
  readonly call: Pick<PendingCall<unknown>, 'isSettled' | 'dueMs' | 'fail' | 'passTo'>;
  /** Another caller of the same key. */
  readonly next: BatchReader | undefined;
  /** Resolves the caller with the value of the reply. */
  deliver(bytes: unknown, companions: CompanionBytes): void;
}

/**
 * A read of a key together with companion keys, which many reads of one tick have in common. It is the caller too: one
 * object less for each read in flight.
 */
export abstract class JointRead<T, L extends CallLimits> implements BatchReader {
  next: BatchReader | undefined = undefined;
  private pending: PendingCall<T> | undefined = undefined;

  constructor(
    readonly key: string,
    /** The keys that are read with it, in the same group. */
    readonly companions: readonly string[],
    readonly limits: L,
  ) {}

  /** Makes the value that the caller receives; may return a promise. An absent key is undefined. */
  protected abstract join(bytes: Buffer | undefined, companions: Records): T | Promise<T>;

  get call(): PendingCall<T> {
    const { pending } = this;
    if (pending === undefined) throw new TypeError('the read is in no batch');
    return pending;
  }

  /** Adds the read to a batch, before the other callers of its key. */
  await(call: PendingCall<T>, next: BatchReader | undefined): void {
    this.pending = call;
    this.next = next;
  }

  deliver(bytes: unknown, companions: CompanionBytes): void {
    const { call } = this;
    if (call.isSettled) return;
    try {
      settle(call, this.join(toBytes(bytes), companions.of(this.companions)));
    } catch (error) {
      call.fail(error);
    }
  }
}

/** Settles a call with the value of its reply. */
export function settle<T>(call: PendingCall<T>, value: T | Promise<T>): void {
  if (value instanceof Promise) {
    call.onAnswered();
    call.settleWith(value);
  } else {
    call.succeed(value);
  }
}

function toBytes(reply: unknown): Buffer | undefined {
  return Buffer.isBuffer(reply) ? reply : undefined;
}
