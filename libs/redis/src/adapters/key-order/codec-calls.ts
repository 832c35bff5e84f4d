import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { PendingCall, startNow, type CallLimits } from '../wire/pending-call.js';
import { KeyOrder } from './key-order.js';

type Unsettled = Pick<PendingCall<unknown>, 'command' | 'answered' | 'fail'>;

/**
 * Calls that wait in this process: for a value that is being encoded or decoded, or for their turn behind such a call on the same
 * key. Each waits at most until its deadline, or until the store is disconnected. Where nothing is asynchronous nothing waits.
 */
export class CodecCalls {
  /** Writes whose value is still being encoded. */
  readonly order = new KeyOrder();
  private readonly waiting = new Set<Unsettled>();

  constructor(private readonly deadlines: DeadlineQueue) {}

  /**
   * Calls when the turn of these keys has come, with what is left of the limits; and not at all once they are over.
   * `label` is what the caller does, for errors.
   */
  inOrder<R>(
    keys: readonly string[],
    label: string,
    limits: CallLimits,
    call: (left: CallLimits) => R | Promise<R>,
  ): R | Promise<R> {
    if (this.order.isEmpty) return call(limits);
    const left = startNow(limits);
    const pending = this.pending<R>(label, limits);
    return this.settledBy(
      pending,
      this.order.afterAll(keys, () => begin(pending, () => call(left()))),
    );
  }

  /** For a call of several commands on one key: later calls on the key begin when it has ended. */
  alone<R>(key: string, label: string, limits: CallLimits, call: (left: CallLimits) => Promise<R>): Promise<R> {
    const left = startNow(limits);
    const pending = this.pending<R>(label, limits);
    const ended = this.order.alone(key, async () => {
      begin(pending, () => call(left()));
      await pending.promise;
    });
    return this.settledBy(pending, ended);
  }

  /** The same for a write, once its value is encoded too. */
  write<T, R>(
    key: string,
    label: string,
    { made, limits }: { readonly made: T | Promise<T>; readonly limits: CallLimits },
    write: (made: T, left: CallLimits) => R | Promise<R>,
  ): R | Promise<R> {
    if (!(made instanceof Promise) && this.order.isEmpty) return write(made, limits);
    const left = startNow(limits);
    const pending = this.pending<R>(label, limits);
    // A value that is late must not hold up the calls behind it.
    const inTime = made instanceof Promise ? Promise.race([made, pending.promise as Promise<never>]) : made;
    const begun = this.order.write(key, inTime, (value: T) => begin(pending, () => write(value, left())));
    return this.settledBy(pending, begun);
  }

  /** Work before anything is sent, such as encoding a value: it has to be done before the deadline. */
  encoding<T>(label: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    return this.within(this.pending<T>(label, limits), made);
  }

  /** A reply that is being decoded: it has to be done before the deadline too. */
  decoding<T>(label: string, made: Promise<T>, limits: CallLimits): Promise<T> {
    const pending = this.pending<T>(label, limits);
    pending.answered = true;
    return this.within(pending, made);
  }

  /** Rejects what still waits: the store was disconnected. */
  close(): void {
    for (const call of this.waiting) call.fail(closed(call));
  }

  private pending<R>(label: string, limits: CallLimits): PendingCall<R> {
    const call = new PendingCall<R>(label, this.deadlines, limits);
    this.waiting.add(call);
    const remove = (): void => void this.waiting.delete(call);
    call.promise.then(remove, remove);
    return call;
  }

  private within<T>(call: PendingCall<T>, made: Promise<T>): Promise<T> {
    made.then(
      (value) => call.succeed(value),
      (error: Error) => call.fail(error),
    );
    return call.promise;
  }

  /** `begin` settles the call; a value that cannot be encoded fails it before. */
  private settledBy<R>(call: PendingCall<R>, begun: unknown): Promise<R> {
    Promise.resolve(begun).catch((error: Error) => call.fail(error));
    return call.promise;
  }
}

/** The turn of a call has come: what it runs has the rest of its deadline, and its outcome. */
function begin<R>(call: PendingCall<R>, run: () => R | Promise<R>): void {
  if (call.settled) return;
  try {
    call.succeed(run());
  } catch (error) {
    call.fail(error instanceof Error ? error : new Error(String(error)));
  }
}

function closed({ command, answered }: Unsettled): RedisInfraError {
  const what = answered ? 'was answered, and its value not decoded' : 'was not sent';
  return new RedisInfraError(
    'CLOSED',
    `${command} ${what}: the store was disconnected; call connect() to use it again`,
    {
      outcome: answered ? 'executed' : 'not-sent',
      context: { command },
    },
  );
}
