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

/** A read of a key together with other keys, which many reads of one tick have in common. */
export interface JointRead<T, L extends CallLimits> {
  readonly key: string;
  /** The keys that are read with it, in the same group. */
  readonly companions: readonly string[];
  readonly limits: L;
  /** Makes the value that the caller receives; may return a promise. An absent key is undefined. */
  join(bytes: Buffer | undefined, companions: readonly (Buffer | undefined)[], limits: L): T | Promise<T>;
}

/** The replies for the companion keys of a batch. */
export class CompanionBytes {
  private readonly bytes = new Map<string, Buffer | undefined>();
  private latestKeys: readonly string[] | undefined = undefined;
  private latestBytes: readonly (Buffer | undefined)[] = [];

  set(key: string, reply: unknown): void {
    this.bytes.set(key, toBytes(reply));
  }

  /** The bytes of these keys, undefined if absent. Readers with the same list of keys get the same array. */
  of(keys: readonly string[]): readonly (Buffer | undefined)[] {
    if (keys !== this.latestKeys) {
      this.latestKeys = keys;
      this.latestBytes = keys.map((key) => this.bytes.get(key));
    }
    return this.latestBytes;
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

/** A caller that reads one key together with companion keys. */
export class JointReader<T, L extends CallLimits> implements BatchReader {
  readonly key: string;
  readonly companions: readonly string[];

  constructor(
    private readonly read: JointRead<T, L>,
    readonly call: PendingCall<T>,
    readonly next: BatchReader | undefined,
  ) {
    this.key = read.key;
    this.companions = read.companions;
  }

  deliver(bytes: unknown, companions: CompanionBytes): void {
    const { call, read } = this;
    if (call.isSettled) return;
    try {
      settle(call, read.join(toBytes(bytes), companions.of(read.companions), read.limits));
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
