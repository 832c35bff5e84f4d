import { COMMANDS } from '../../common/diagnostics/channels.js';
import type { Clock } from '../../common/clock.js';
import type { RedisInfraError } from '../../common/redis-infra.error.js';
import { toRedisInfraError } from '../errors/error-mapping.js';
import { leastCertain } from '../errors/least-certain.js';
import type { Guards } from '../resilience/guards.js';
import type { NodeGuard, RetryableCommand } from '../resilience/node-guard.js';
import type { KeyedWrite, WriteLedger } from '../resilience/retry/write-ledger.js';
import { Attempt } from '../wire/attempt.js';
import { SentCommand, type WriteListener } from '../wire/sent-command.js';
import type { WatchedConnection } from '../wire/watched-connection.js';
import type { WireCommand } from '../wire/wire-command.js';
import type { AwaitedCommand, CommandCallers } from './command-callers.js';
import { TracedCommand } from '../wire/command-trace.js';
import { asText } from './script-command.js';

/** The parts that all commands of one connection share. */
export interface CommandContext {
  readonly guards: Guards;
  /** The newest write of each key. */
  readonly writes: WriteLedger;
  readonly clock: Clock;
  /** The name of the connection, for traces. */
  readonly client?: string | undefined;
}

/** The command is in the queue of a node. */
export interface Queued {
  readonly phase: 'queued';
  /** Takes the command out of the queue. */
  leave(): void;
}

/** `waiting`: for its first attempt, for the link, or for its next attempt. */
type CommandState = { readonly phase: 'waiting' } | Queued | Attempt | { readonly phase: 'settled' };

const WAITING = { phase: 'waiting' } as const;
const SETTLED = { phase: 'settled' } as const;

/**
 * A command from its call to its result:
 *
 *     waiting ⇄ queued      no permit is free
 *     waiting → sent        an attempt is passed to ioredis; `waiting` again if it fails and may be repeated
 *     any     → settled     the callers have the result, or none is waiting. An attempt on the wire ends first.
 *
 * @see docs/decisions/0031-commands-are-values-with-one-state.md
 */
export class PendingCommand implements AwaitedCommand, WriteListener, RetryableCommand, KeyedWrite {
  private command: WireCommand;
  private state: CommandState = WAITING;
  private resendCount = 0;
  /** The error of an attempt that the server may have executed. */
  private uncertain: RedisInfraError | undefined;
  /** The attempt that was reported as unanswered. It counts once, however many callers it has. */
  private unanswered: Attempt | undefined = undefined;
  /** Undefined while nothing subscribes to the channel of commands. */
  private readonly trace: TracedCommand | undefined;

  /** @param uncertain the error of an attempt that the server may have executed */
  constructor(
    command: WireCommand,
    readonly callers: CommandCallers,
    private readonly context: CommandContext,
    uncertain: RedisInfraError | undefined,
  ) {
    this.command = command;
    this.uncertain = uncertain;
    this.trace = COMMANDS.hasSubscribers ? new TracedCommand(command.name, context.client, context.clock) : undefined;
    callers.attach(this);
    if (command.resend === 'while-newest' && callers.isWaiting) context.writes.enter(this);
  }

  /** The command that is sent next, or was sent last. */
  get wire(): WireCommand {
    return this.command;
  }

  get name(): string {
    return this.command.name;
  }

  get effect(): string | undefined {
    return this.command.effect;
  }

  get kind(): WireCommand['kind'] {
    return this.command.kind;
  }

  get keys(): readonly string[] {
    return this.command.keys;
  }

  /** The number of attempts after the first one. */
  get resends(): number {
    return this.resendCount;
  }

  get mayHaveRun(): boolean {
    return this.uncertain !== undefined || (this.state.phase === 'sent' && this.state.isOnWire);
  }

  /** The command waits for a permit. */
  enqueue(queued: Queued): void {
    this.state = queued;
  }

  /** The command has left the queue. */
  dequeue(): void {
    this.state = WAITING;
  }

  /** Starts an attempt. @returns undefined if no caller is waiting */
  send(guard: NodeGuard): SentCommand | undefined {
    const command = this.callers.stillWanted(this.command);
    if (command === undefined) return undefined;
    this.command = command;
    this.state = Attempt.to(guard);
    this.trace?.attempt();
    return new SentCommand(command, this);
  }

  onWrite(connection: WatchedConnection): boolean {
    const { state, context } = this;
    if (state.phase !== 'sent' || !this.callers.isWaiting) return false;
    this.state = state.writtenTo(connection, context.guards.at(connection.node), context.clock.monotonicMs());
    return true;
  }

  onHeld(): void {
    if (this.state.phase === 'sent') this.state = this.state.held();
  }

  /** The attempt was answered: its node counts it, and the callers get the reply. */
  answer(reply: unknown): void {
    if (this.state.phase === 'sent') this.state.onAnswered(this.context.clock.monotonicMs());
    this.settle();
    this.trace?.end('ok');
    this.callers.answer(reply);
  }

  /** The attempt failed: its node counts it. The callers still wait. @returns the error for them */
  endAttempt(error: unknown): RedisInfraError {
    const { state, command, context } = this;
    if (state.phase !== 'sent') return toRedisInfraError(error, command.label);
    this.state = WAITING;
    return state.onFailed(error, command.label, context.guards.whole, context.clock.monotonicMs());
  }

  /**
   * Changes to the form for a server that does not know the script.
   * @returns false if the error means something else
   */
  fallBack({ context }: RedisInfraError): boolean {
    const { scriptText } = this.command;
    if (scriptText === undefined || context.reply !== 'NOSCRIPT') return false;
    this.command = asText(this.command, scriptText);
    return true;
  }

  /**
   * Prepares the next attempt, at `atMs` (monotonic), after this error. Rejects the callers whose deadline is not
   * later.
   * @returns false if there is no next attempt: no caller remains, or it would undo a newer write
   */
  prepareResend(atMs: number, error: RedisInfraError): boolean {
    if (error.outcome === 'unknown') this.uncertain = error;
    this.callers.failDueBy(atMs, leastCertain(this.uncertain, error));
    if (this.callers.isWaiting && this.mayBeResent) return true;
    this.fail(error);
    return false;
  }

  /** There will be a next attempt. */
  countResend(): void {
    this.resendCount++;
  }

  /** Rejects the callers that are still waiting. */
  fail(error: RedisInfraError): void {
    if (this.state.phase === 'settled') return;
    this.settle();
    this.trace?.end('error', error.code);
    this.callers.fail(error, this.uncertain);
  }

  onDeadline(): void {
    const { state, context } = this;
    if (state.phase !== 'sent' || state === this.unanswered) return;
    if (state.onDeadline(this.command.label, context.clock.monotonicMs())) this.unanswered = state;
  }

  onAbandoned(): void {
    if (this.state.phase === 'queued') this.state.leave();
    // The result of an attempt on the wire still counts for its node.
    if (this.state.phase === 'sent') this.leaveLedger();
    else this.settle();
    this.trace?.end('abandoned');
  }

  private get mayBeResent(): boolean {
    const { resend } = this.command;
    return resend === 'always' || (resend === 'while-newest' && this.context.writes.isNewest(this));
  }

  private settle(): void {
    this.state = SETTLED;
    this.leaveLedger();
  }

  private leaveLedger(): void {
    if (this.command.resend === 'while-newest') this.context.writes.leave(this);
  }
}
