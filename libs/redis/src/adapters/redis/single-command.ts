import type { CommandArg, CommandSender, WireCommand } from './command-sender.js';
import type { DeadlineQueue } from './deadline-queue.js';
import { PendingCall, type CallLimits } from './pending-call.js';

/** A command with one caller. */
export class SingleCommand extends PendingCall<unknown> implements WireCommand {
  readonly callers = 1;
  private sentMs = 0;

  constructor(
    readonly name: string,
    readonly args: readonly CommandArg[],
    private readonly sender: CommandSender,
    deadlines: DeadlineQueue,
    limits: CallLimits,
    readonly label = name.toUpperCase(),
  ) {
    super(label, deadlines, limits);
  }

  depart(nowMs: number): boolean {
    this.sentMs = nowMs;
    this.sent = !this.settled;
    return this.sent;
  }

  answer(reply: unknown): void {
    this.succeed(reply);
  }

  override expire(): void {
    if (this.sent) this.sender.unanswered(this.sentMs);
    super.expire();
  }
}
