import type { Clock } from '../../common/clock.js';
import { IdleDetector } from '../../common/time/idle-detector.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import type { RedisLink } from '../connection/redis.link.js';
import { isRedirection } from '../errors/error-mapping.js';
import type { Destination, Guards } from '../resilience/guards.js';
import type { NodeGuard } from '../resilience/node-guard.js';
import type { NamedCommand } from '../resilience/permit-queue.js';
import { WriteLedger } from '../resilience/retry/write-ledger.js';
import type { DeadlineQueue } from '../wire/deadline-queue.js';
import type { CallLimits } from '../wire/pending-call.js';
import type { TickScheduler } from '../wire/tick-scheduler.js';
import type { WireCommand } from '../wire/wire-command.js';
import { SingleCaller, type CommandCallers } from './command-callers.js';
import { PendingCommand, type CommandContext } from './pending-command.js';
import { QueuedCommand, type QueuedCommandSender } from './queued-command.js';

/** The part of `RedisLink` that a sender uses. */
export type CommandLink = Pick<
  RedisLink,
  'isOpen' | 'refusal' | 'slotOwners' | 'whenSettled' | 'connectNow' | 'lastingRefusal' | 'dispatch'
>;

export interface CommandSenderParts {
  readonly link: CommandLink;
  readonly ticks: TickScheduler;
  readonly guards: Guards;
  readonly deadlines: DeadlineQueue;
  readonly clock: Clock;
  /** The name of the connection, for traces. @default none */
  readonly client?: string | undefined;
}

/**
 * Sends the commands of one connection. A command is written when its node has a free permit and the link is open. Its
 * result goes to the circuits first and then to its callers; a command that failed may be sent again.
 */
export class CommandSender implements QueuedCommandSender {
  /** Commands in flight. */
  inFlight = 0;
  /** Commands that wait for a permit, for the link, or for their next attempt. */
  pending = 0;
  private readonly idle = new IdleDetector();
  private readonly link: CommandLink;
  private readonly ticks: TickScheduler;
  private readonly guards: Guards;
  private readonly deadlines: DeadlineQueue;
  private readonly context: CommandContext;

  constructor({ link, ticks, guards, deadlines, clock, client }: CommandSenderParts) {
    this.link = link;
    this.ticks = ticks;
    this.guards = guards;
    this.deadlines = deadlines;
    // A key always uses the same connection, so the writes of other connections need not be known.
    this.context = { guards, clock, client, writes: new WriteLedger() };
  }

  /**
   * No command is in flight, and the last busy period had a single caller. Another command of this tick is then
   * unlikely, so waiting for the end of the tick would only add latency.
   */
  get isIdle(): boolean {
    return this.idle.isIdle;
  }

  /**
   * The error for a command that may not even be queued; undefined if it may.
   * @param isAdmitted the command is part of an admitted batch, so the queue limit does not apply
   */
  refusal(
    { name, kind, label, effect = name }: NamedCommand,
    to: Destination,
    isAdmitted = false,
  ): RedisInfraError | undefined {
    const { whole } = this.guards;
    const isWrite = kind !== 'read';
    const guard = this.guards.of(to);
    let refusal = guard.refusal(isWrite, effect, label, isAdmitted);
    if (guard !== whole) refusal ??= whole.refusal(isWrite, effect, label, isAdmitted);
    // A lasting cause (CLOSED, misconfigured) is more useful to the caller than CIRCUIT_OPEN.
    return refusal === undefined ? undefined : (this.link.lastingRefusal(label) ?? refusal);
  }

  /** Sends a command for one caller. */
  call(command: WireCommand, limits: CallLimits): Promise<unknown> {
    const caller = new SingleCaller(command.label, this.deadlines, limits);
    this.send(command, caller);
    return caller.promise;
  }

  /**
   * Sends a command if its node has a free permit and an empty queue; otherwise queues it.
   * @param uncertain the error of an attempt to send it that the server may have executed
   */
  send(wire: WireCommand, callers: CommandCallers, uncertain?: RedisInfraError): void {
    const command = new PendingCommand(wire, callers, this.context, uncertain);
    const guard = this.guards.of(wire);
    if (guard.hasPermit) this.start(command, guard);
    else this.enqueue(command, guard);
  }

  /** A permit is free for a queued command. Its slot may belong to another node by now, which has other permits. */
  proceed(queued: QueuedCommand): void {
    const { command, guard } = queued;
    this.dequeue(command);
    const owner = this.guards.owner(command.wire);
    if (owner === guard) return this.start(command, guard);
    const refusal = this.circuitRefusal(command.wire);
    if (refusal !== undefined) command.fail(refusal);
    // The slot moved while the command was queued, and later commands of the slot wait behind it. Use the permit of
    // this node to keep their order.
    else if (guard !== this.guards.whole) this.start(command, guard);
    else if (owner.hasPermit) this.start(command, owner);
    else this.enqueue(command, owner);
  }

  refuse({ command, label }: QueuedCommand, error: RedisInfraError): void {
    this.dequeue(command);
    command.fail(this.link.lastingRefusal(label) ?? error);
  }

  onAbandoned({ command }: QueuedCommand): void {
    this.dequeue(command);
  }

  private enqueue(command: PendingCommand, guard: NodeGuard): void {
    const { wire } = command;
    // Reads are collected until the end of the tick: the circuit may have opened, or the connection been closed, since
    // they were accepted.
    const refusal = this.link.lastingRefusal(wire.label) ?? this.circuitRefusal(wire);
    if (refusal !== undefined) return command.fail(refusal);
    if (!command.callers.isWaiting) return;
    this.pending++;
    this.guards.onQueued(wire, guard);
    command.enqueue(new QueuedCommand(command, guard, this));
    // During the ramp-up the in-flight limit grows with time, so a permit may be free without a reply.
    guard.startQueued();
  }

  private dequeue(command: PendingCommand): void {
    this.pending--;
    this.guards.onDequeued(command.wire);
    command.dequeue();
  }

  private circuitRefusal(wire: WireCommand): RedisInfraError | undefined {
    const refusal = this.guards.owner(wire).circuitRefusal(wire) ?? this.guards.whole.circuitRefusal(wire);
    return refusal === undefined ? undefined : (this.link.lastingRefusal(wire.label) ?? refusal);
  }

  /** Writes the command, or waits until the link is open or has failed. Both occupy a permit. */
  private start(command: PendingCommand, guard: NodeGuard): void {
    if (this.link.isOpen) this.write(command, guard);
    else this.awaitLink(command, guard);
  }

  private awaitLink(command: PendingCommand, guard: NodeGuard): void {
    this.startWaiting(guard);
    this.link.whenSettled(command.wire.label, (refusal) => {
      this.stopWaiting(guard);
      if (refusal === undefined) this.write(command, this.guards.owner(command.wire));
      else this.resendOrFail(command, refusal);
      // The other commands that wait for the link came first, so they are written before the queue continues.
      if (guard.queue.size > 0) queueMicrotask(() => guard.startQueued());
    });
  }

  private write(command: PendingCommand, guard: NodeGuard): void {
    const sent = command.send(guard);
    if (sent === undefined) return;
    // Holding the command until the end of the tick only pays off when others of the tick join it.
    this.ticks.writesImmediately = this.idle.isIdle;
    this.inFlight++;
    guard.outstanding++;
    this.idle.onCalls(command.callers.count);
    this.idle.onSent();
    this.link.dispatch(sent);
    this.ticks.writesImmediately = false;
    sent.promise.then(
      (reply: unknown) => {
        this.onResult(guard);
        command.answer(reply);
        guard.startQueued();
      },
      (error: unknown) => {
        this.onResult(guard);
        const failure = command.endAttempt(error);
        if (command.fallBack(failure)) this.start(command, guard);
        else this.resendOrFail(command, failure);
        guard.startQueued();
      },
    );
  }

  private onResult(guard: NodeGuard): void {
    guard.outstanding--;
    this.inFlight--;
    this.idle.onSettled();
  }

  /**
   * Schedules another attempt if it is safe, may succeed, and some caller's deadline allows it; otherwise fails the
   * command.
   */
  private resendOrFail(command: PendingCommand, failure: RedisInfraError): void {
    const guard = this.guards.owner(command.wire);
    const delayMs = this.isClosed ? undefined : guard.retryDelayMs(command, failure);
    if (delayMs === undefined) return command.fail(failure);
    if (!command.prepareResend(this.context.clock.monotonicMs() + delayMs, failure)) return;
    if (!guard.spendRetryToken()) return command.fail(failure);
    command.countResend();
    this.startWaiting(guard);
    // With the old slot table the next attempt would be redirected again.
    const refreshed = isRedirection(failure) ? this.link.slotOwners().catch(() => {}) : undefined;
    const resend = (): void => this.resend(command, failure, guard);
    this.deadlines.after(delayMs, () => (refreshed === undefined ? resend() : void refreshed.then(resend)));
  }

  private resend(command: PendingCommand, failure: RedisInfraError, waitingGuard: NodeGuard): void {
    this.stopWaiting(waitingGuard);
    const guard = this.guards.owner(command.wire);
    if (this.isClosed || guard.refuses(command) || !command.prepareResend(0, failure)) {
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
}
