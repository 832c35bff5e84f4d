import type { Clock } from '../../common/clock.js';
import { COMMANDS, type CommandTrace } from '../../common/diagnostics/channels.js';
import { begin, finish } from '../../common/diagnostics/publish.js';
import type { ErrorCode } from '../../common/error-codes.js';

/** One command in the channel of commands, from its call to its result. Exists only while the channel has subscribers. */
export class TracedCommand {
  private readonly trace: CommandTrace;
  private readonly startedMs: number;

  constructor(
    command: string,
    client: string | undefined,
    private readonly clock: Clock,
  ) {
    this.startedMs = clock.monotonicMs();
    this.trace = { command, client, attempts: 0, outcome: undefined, durationMs: undefined, code: undefined };
    begin(COMMANDS, this.trace, () => {});
  }

  /** An attempt is sent. */
  attempt(): void {
    this.trace.attempts++;
  }

  end(outcome: CommandTrace['outcome'], code?: ErrorCode): void {
    const { trace } = this;
    if (trace.outcome !== undefined) return;
    Object.assign(trace, { outcome, code, durationMs: this.clock.monotonicMs() - this.startedMs });
    finish(COMMANDS, trace);
  }
}
