import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { Destination, Guards } from '../resilience/guards.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import { RetryWait } from '../wire/retry-wait.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import { isRedirection, isReply, notConnected, toRedisInfraError } from '../errors/error-mapping.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import { QueuedCommand, type QueuedCommandSender } from '../wire/queued-command.js';
import type { RedisLink } from '../connection/redis.link.js';
import { SentCommand } from '../wire/sent-command.js';
import type { WireCommand } from '../wire/wire-command.js';

/** What a sender needs of the connection. */
export type CommandLink = Pick<
  RedisLink,
  'isOpen' | 'refusal' | 'slotOwners' | 'whenSettled' | 'connectNow' | 'lastingRefusal' | 'dispatch' | 'onDeadline'
>;

/** Writes commands as soon as there is a permit and the link can, and hands out what comes back. */
export class CommandSender implements QueuedCommandSender {
  /** Sent, and not answered yet. */
  inFlight = 0;
  /** Waiting for a permit, for the link, or to be sent again. */
  pending = 0;
  /** Callers since the link was last idle, and in the busy time before. */
  private burst = 0;
  private lastBurst = 0;

  constructor(
    private readonly link: CommandLink,
    private readonly ticks: TickScheduler,
    private readonly guards: Guards,
    private readonly deadlines: DeadlineQueue,
  ) {}

  /**
   * Nothing is under way, and last time a single caller's command was: so nothing is to be expected that this one could share a write
   * with, and waiting for the end of the turn would only cost it time.
   */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.lastBurst <= 1;
  }

  /** Why a command may not even be queued; undefined if it may. `label` is what the caller does; let in as part of a call, it is not counted. */
  refusal(
    isWrite: boolean,
    name: string,
    label: string,
    to: Destination,
    isAdmitted = false,
  ): RedisInfraError | undefined {
    const { whole } = this.guards;
    const guard = this.guards.of(to);
    let refusal = guard.refusal(isWrite, name, label, isAdmitted);
    if (guard !== whole) refusal ??= whole.refusal(isWrite, name, label, isAdmitted);
    // Closed by its owner, or refused by the server for good: that says more than that the circuit is open.
    return refusal === undefined ? undefined : (this.link.lastingRefusal(label) ?? refusal);
  }

  /** Sends it now where there is a free permit and nothing waits for one; else it waits behind the others. */
  send(command: WireCommand): void {
    const guard = this.guards.of(command);
    if (guard.hasPermit) this.begin(command, guard);
    else this.enqueue(command, guard);
  }

  /** A permit has become free for a command of the queue. Its node may be known only now: that one has permits of its own. */
  proceed(queued: QueuedCommand): void {
    const { command, guard } = queued.parts;
    this.leftQueue(queued);
    const owner = this.guards.owner(command);
    if (owner === guard) return this.begin(command, guard);
    const refusal = this.circuitRefusal(command);
    if (refusal !== undefined) command.fail(refusal);
    // Its slot has moved while it waited, and later commands of the slot wait behind it: it goes out with this node's permit.
    else if (guard !== this.guards.whole) this.begin(command, guard);
    else if (owner.hasPermit) this.begin(command, owner);
    else this.enqueue(command, owner);
  }

  refuse(queued: QueuedCommand, error: RedisInfraError): void {
    const { command } = queued.parts;
    this.leftQueue(queued);
    command.fail(this.link.lastingRefusal(command.label) ?? error);
  }

  /** The server did not answer this command in its time; false if that was too short to say anything. */
  onDeadline(command: WireCommand, sentMs: number): boolean {
    const nowMs = performance.now();
    if (!this.link.onDeadline(command.connection, sentMs, nowMs)) return false;
    const error = new RedisInfraError('DEADLINE_EXCEEDED', `${command.label} had no answer in its time`, {
      outcome: 'unknown',
    });
    this.answeringGuard(command).unanswered(command.generation, error, nowMs);
    return true;
  }

  private enqueue(command: WireCommand, guard: NodeGuard): void {
    // Reads are collected until the end of the tick: the circuit may have opened, or the connection been closed, since they were accepted.
    const refusal = this.link.lastingRefusal(command.label) ?? this.circuitRefusal(command);
    if (refusal !== undefined) return command.fail(refusal);
    if (!command.isWanted) return;
    this.pending++;
    const queued = new QueuedCommand({ command, guard, sender: this, onLeft: this.guards.queued(command, guard) });
    const place = guard.enqueue(queued);
    command.leaveQueue = () => {
      this.leftQueue(queued);
      place.leave();
    };
    // After an outage the limit grows with time, not with an answer.
    guard.startQueued();
  }

  private circuitRefusal(command: WireCommand): RedisInfraError | undefined {
    const refusal = this.guards.owner(command).circuitRefusal(command) ?? this.guards.whole.circuitRefusal(command);
    return refusal === undefined ? undefined : (this.link.lastingRefusal(command.label) ?? refusal);
  }

  private leftQueue({ parts: { command, onLeft } }: QueuedCommand): void {
    this.pending--;
    command.leaveQueue = undefined;
    onLeft();
  }

  /** Writes it, or waits until it is known whether the link can; either takes a permit. */
  private begin(command: WireCommand, guard: NodeGuard): void {
    if (this.link.isOpen) return this.write(command, guard);
    this.wait(guard);
    this.link.whenSettled(command.label, (refusal) => {
      this.stopWaiting(guard);
      if (refusal === undefined) this.write(command, this.guards.owner(command));
      else this.onFailure(command, refusal);
      // Not before the others that wait for the link were written: they came first.
      if (guard.queue.size > 0) queueMicrotask(() => guard.startQueued());
    });
  }

  private write(command: WireCommand, guard: NodeGuard): void {
    if (!command.beforeSend(performance.now())) return;
    command.guard = guard;
    command.generation = guard.generation;
    command.connection = undefined;
    this.ticks.writesImmediately = this.isIdle;
    this.inFlight++;
    guard.outstanding++;
    this.burst += command.callers;
    const sent = new SentCommand(command);
    this.link.dispatch(sent);
    this.ticks.writesImmediately = false;
    sent.promise.then(
      (value) => {
        const nowMs = performance.now();
        this.onSettled(guard);
        command.connection?.onReply(nowMs);
        this.answeringGuard(command).answered(command.generation, nowMs);
        command.answer(value);
        guard.startQueued();
      },
      (error: unknown) => {
        this.onSettled(guard);
        const isUnsent = command.connection === undefined;
        const failure = isUnsent ? notConnected(error, command.label) : toRedisInfraError(error, command.label);
        this.judge(command, failure, isReply(error) || isRedirection(failure));
        if (command.isMended?.(failure) === true) this.begin(command, guard);
        else this.onFailure(command, failure);
        guard.startQueued();
      },
    );
  }

  /** What stands before the node that a command was written to in the end: one that was redirected says nothing of the first. */
  private answeringGuard(command: WireCommand): NodeGuard {
    const { connection } = command;
    const guard = connection === undefined ? (command.guard ?? this.guards.whole) : this.guards.at(connection.node);
    if (guard !== command.guard) command.generation = guard.generation;
    command.guard = guard;
    return guard;
  }

  private judge(command: WireCommand, failure: RedisInfraError, isAnswer: boolean): void {
    const nowMs = performance.now();
    const { connection } = command;
    const guard = this.answeringGuard(command);
    if (isAnswer) {
      connection?.onReply(nowMs);
      return guard.replied(command.generation, failure, nowMs);
    }
    // A node of a cluster that cannot be connected to: the link is up all the same.
    const isNodeUnreachable = connection === undefined && failure.code === 'CONNECTION_FAILED';
    if (isNodeUnreachable && guard !== this.guards.whole) {
      // Left before the circuits last moved, or before the store was disconnected: it says nothing of what is now.
      if (command.generation === guard.generation) guard.unreachable(failure);
      return;
    }
    if (failure.outcome !== 'unknown' || connection?.onClose() !== true) return;
    guard.unanswered(command.generation, failure, nowMs);
  }

  /** Sends it again a little later, where that does no harm, may help, and somebody can wait for it. */
  private onFailure(command: WireCommand, failure: RedisInfraError): void {
    const guard = this.guards.owner(command);
    const delayMs = this.isClosed ? undefined : guard.retryDelayMs(command, failure);
    if (delayMs === undefined) return command.fail(failure);
    if (!command.failExpiredBefore(performance.now() + delayMs, failure)) return;
    if (!guard.spendRetryToken()) return command.fail(failure);
    command.resends++;
    this.wait(guard);
    // By the slots that are known it would be redirected again.
    const refreshed = isRedirection(failure) ? this.link.slotOwners().catch(() => {}) : undefined;
    const sendAgain = (): void => this.resend(command, failure, guard);
    this.deadlines.add(
      new RetryWait(() => (refreshed === undefined ? sendAgain() : void refreshed.then(sendAgain))),
      delayMs,
    );
  }

  private resend(command: WireCommand, failure: RedisInfraError, waitedAt: NodeGuard): void {
    this.stopWaiting(waitedAt);
    const guard = this.guards.owner(command);
    if (this.isClosed || guard.refuses(command) || !command.failExpiredBefore(0, failure)) {
      command.fail(failure);
    } else {
      // It was worth waiting for: so it is worth an attempt to connect, and does not use up its own before that ends.
      this.link.connectNow();
      // It kept its permit, and goes before those that wait for one.
      this.begin(command, guard);
    }
    waitedAt.startQueued();
  }

  /** Its owner has disconnected the store: a command that failed is not sent again, and nobody waits for that. */
  private get isClosed(): boolean {
    return this.link.refusal()?.code === 'CLOSED';
  }

  private wait(guard: NodeGuard): void {
    this.pending++;
    guard.outstanding++;
  }

  private stopWaiting(guard: NodeGuard): void {
    this.pending--;
    guard.outstanding--;
  }

  private onSettled(guard: NodeGuard): void {
    guard.outstanding--;
    if (--this.inFlight > 0) return;
    this.lastBurst = this.burst;
    this.burst = 0;
  }
}
