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
  readonly join: (bytes: Buffer | undefined, companions: readonly (Buffer | undefined)[], limits: L) => T | Promise<T>;
}

/** The bytes of the companion keys of a batch, null if absent. */
export type CompanionBytes = ReadonlyMap<string, unknown>;

const NO_KEYS: readonly string[] = [];

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

/** A caller that reads one key. It gets undefined if there are no bytes. */
export class SingleReader<T, L extends CallLimits> implements BatchReader {
  readonly companions = NO_KEYS;

  constructor(
    readonly key: string,
    private readonly readBytes: ReadBytes<T, L>,
    private readonly limits: L,
    readonly call: PendingCall<T | undefined>,
    readonly next: BatchReader | undefined,
  ) {}

  deliver(bytes: unknown): void {
    const { call } = this;
    if (call.isSettled) return;
    if (!Buffer.isBuffer(bytes)) return call.succeed(undefined);
    try {
      settle(call, this.readBytes(bytes, this, this.limits));
    } catch (error) {
      call.fail(error);
    }
  }
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
    const found = read.companions.map((key) => toBytes(companions.get(key)));
    try {
      settle(call, read.join(toBytes(bytes), found, read.limits));
    } catch (error) {
      call.fail(error);
    }
  }
}

function settle<T>(call: PendingCall<T>, value: T | Promise<T>): void {
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
