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

/** The part of `RedisLink` that a sender uses. */
export type CommandLink = Pick<
  RedisLink,
  'isOpen' | 'refusal' | 'slotOwners' | 'whenSettled' | 'connectNow' | 'lastingRefusal' | 'dispatch' | 'onDeadline'
>;

/**
 * Sends the commands of one connection. A command is written when its node has a free permit and the link is open. Its result goes to the
 * circuits first and then to its callers; a command that failed may be sent again.
 */
export class CommandSender implements QueuedCommandSender {
  /** Commands in flight. */
  inFlight = 0;
  /** Commands that wait for a permit, for the link, or for their next attempt. */
  pending = 0;
  /** Callers since nothing was in flight, and callers of the busy period before. */
  private burst = 0;
  private lastBurst = 0;

  constructor(
    private readonly link: CommandLink,
    private readonly ticks: TickScheduler,
    private readonly guards: Guards,
    private readonly deadlines: DeadlineQueue,
  ) {}

  /**
   * No command is in flight, and the last busy period had a single caller. Another command of this tick is then unlikely, so waiting for
   * the end of the tick would only add latency.
   */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.lastBurst <= 1;
  }

  /**
   * The error for a command that may not even be queued; undefined if it may.
   * @param label names the operation of the caller in the error
   * @param isAdmitted the command is part of an admitted batch, so the queue limit does not apply
   */
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
    // A lasting cause (CLOSED, misconfigured) is more useful to the caller than CIRCUIT_OPEN.
    return refusal === undefined ? undefined : (this.link.lastingRefusal(label) ?? refusal);
  }

  /** Sends the command if its node has a free permit and an empty queue; otherwise queues it. */
  send(command: WireCommand): void {
    const guard = this.guards.of(command);
    if (guard.hasPermit) this.start(command, guard);
    else this.enqueue(command, guard);
  }

  /** A permit is free for a queued command. Its slot may belong to another node by now, which has other permits. */
  proceed(queued: QueuedCommand): void {
    const { command, guard } = queued.parts;
    this.onLeaveQueue(queued);
    const owner = this.guards.owner(command);
    if (owner === guard) return this.start(command, guard);
    const refusal = this.circuitRefusal(command);
    if (refusal !== undefined) command.fail(refusal);
    // The slot moved while the command was queued, and later commands of the slot wait behind it. Use the permit of this node to keep
    // their order.
    else if (guard !== this.guards.whole) this.start(command, guard);
    else if (owner.hasPermit) this.start(command, owner);
    else this.enqueue(command, owner);
  }

  refuse(queued: QueuedCommand, error: RedisInfraError): void {
    const { command } = queued.parts;
    this.onLeaveQueue(queued);
    command.fail(this.link.lastingRefusal(command.label) ?? error);
  }

  /** The command had no reply within its deadline. @returns false if the deadline was too short to count against the server */
  onDeadline(command: WireCommand, sentMs: number): boolean {
    const nowMs = performance.now();
    if (!this.link.onDeadline(command.connection, sentMs, nowMs)) return false;
    const error = new RedisInfraError('DEADLINE_EXCEEDED', `${command.label} had no reply within its deadline`, {
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
    const queued = new QueuedCommand({ command, guard, sender: this, onLeave: this.guards.queued(command, guard) });
    const entry = guard.enqueue(queued);
    command.leaveQueue = () => {
      this.onLeaveQueue(queued);
      entry.leave();
    };
    // During the ramp-up the in-flight limit grows with time, so a permit may be free without a reply.
    guard.startQueued();
  }

  private circuitRefusal(command: WireCommand): RedisInfraError | undefined {
    const refusal = this.guards.owner(command).circuitRefusal(command) ?? this.guards.whole.circuitRefusal(command);
    return refusal === undefined ? undefined : (this.link.lastingRefusal(command.label) ?? refusal);
  }

  private onLeaveQueue({ parts: { command, onLeave } }: QueuedCommand): void {
    this.pending--;
    command.leaveQueue = undefined;
    onLeave();
  }

  /** Writes the command, or waits until the link is open or has failed. Both occupy a permit. */
  private start(command: WireCommand, guard: NodeGuard): void {
    if (this.link.isOpen) return this.write(command, guard);
    this.startWaiting(guard);
    this.link.whenSettled(command.label, (refusal) => {
      this.stopWaiting(guard);
      if (refusal === undefined) this.write(command, this.guards.owner(command));
      else this.onFailure(command, refusal);
      // The other commands that wait for the link came first, so they are written before the queue continues.
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
        this.recordFailure(command, failure, isReply(error) || isRedirection(failure));
        if (command.rewriteFor?.(failure) === true) this.start(command, guard);
        else this.onFailure(command, failure);
        guard.startQueued();
      },
    );
  }

  /** The guard of the node that received the command last. After a redirection the reply is not evidence about the first node. */
  private answeringGuard(command: WireCommand): NodeGuard {
    const { connection } = command;
    const guard = connection === undefined ? (command.guard ?? this.guards.whole) : this.guards.at(connection.node);
    if (guard !== command.guard) command.generation = guard.generation;
    command.guard = guard;
    return guard;
  }

  private recordFailure(command: WireCommand, failure: RedisInfraError, isAnswer: boolean): void {
    const nowMs = performance.now();
    const { connection } = command;
    const guard = this.answeringGuard(command);
    if (isAnswer) {
      connection?.onReply(nowMs);
      return guard.replied(command.generation, failure, nowMs);
    }
    // One node of a cluster is unreachable while the link is up.
    const isNodeUnreachable = connection === undefined && failure.code === 'CONNECTION_FAILED';
    if (isNodeUnreachable && guard !== this.guards.whole) {
      // A command of an earlier generation (before a circuit changed or the store was disconnected) is no evidence about the node now.
      if (command.generation === guard.generation) guard.unreachable(failure);
      return;
    }
    if (failure.outcome !== 'unknown' || connection?.onClose() !== true) return;
    guard.unanswered(command.generation, failure, nowMs);
  }

  /** Schedules another attempt if it is safe, may succeed, and some caller's deadline allows it; otherwise fails the command. */
  private onFailure(command: WireCommand, failure: RedisInfraError): void {
    const guard = this.guards.owner(command);
    const delayMs = this.isClosed ? undefined : guard.retryDelayMs(command, failure);
    if (delayMs === undefined) return command.fail(failure);
    if (!command.failExpiredBefore(performance.now() + delayMs, failure)) return;
    if (!guard.spendRetryToken()) return command.fail(failure);
    command.resends++;
    this.startWaiting(guard);
    // With the old slot table the next attempt would be redirected again.
    const refreshed = isRedirection(failure) ? this.link.slotOwners().catch(() => {}) : undefined;
    const sendAgain = (): void => this.resend(command, failure, guard);
    this.deadlines.add(
      new RetryWait(() => (refreshed === undefined ? sendAgain() : void refreshed.then(sendAgain))),
      delayMs,
    );
  }

  private resend(command: WireCommand, failure: RedisInfraError, waitingGuard: NodeGuard): void {
    this.stopWaiting(waitingGuard);
    const guard = this.guards.owner(command);
    if (this.isClosed || guard.refuses(command) || !command.failExpiredBefore(0, failure)) {
      command.fail(failure);
    } else {
      // Start connecting now, so that this attempt does not fail before the connection is ready.
      this.link.connectNow();
      // The command kept its permit, so it goes ahead of the queue.
      this.start(command, guard);
    }
    waitingGuard.startQueued();
  }

  /** The application disconnected the store. A command that failed is not sent again. */
  private get isClosed(): boolean {
    return this.link.refusal()?.code === 'CLOSED';
  }

  private startWaiting(guard: NodeGuard): void {
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
