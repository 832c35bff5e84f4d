import type { Clock } from '../../common/clock.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CallOptions, ScriptArg, ScriptDefinition } from '../../domain/cache-store.js';
import type { ScriptSource } from '../script-source.js';
import type { BoundedReply, DecidedReply } from './bounded-reply.js';
import { ServerClock } from '../../common/time/server-clock.js';

/** The first attempt may fail because the server clock is unknown, the second because a calendar window has ended. */
const ATTEMPTS = 3;
/** Maximum clocks to read in advance: in a cluster, the keys of a throttler can be in every slot. */
const MAX_CLOCK_READS = 64;

export interface BoundedScriptOptions<R> {
  /** A script whose first argument is its not-after time. */
  readonly script: ScriptDefinition<BoundedReply<R>>;
  /** The key and the other arguments of a run that is always late: it reads the server clock and changes nothing. */
  readonly clockRead: { readonly key: string; readonly args: readonly ScriptArg[] };
  readonly deadlineMs: number;
  readonly clock: Clock;
}

/** One run of a script within its deadline. */
export interface BoundedRun {
  /** All of one group. */
  readonly keys: readonly string[];
  /** The arguments after the not-after time. `nowUs` is about the server time of the run. */
  readonly argsAt: (nowUs: number) => readonly ScriptArg[];
  /** When the deadline passes, on the monotonic clock. @default `deadlineMs` from now */
  readonly dueMs?: number;
}

export interface BoundedResult<R> {
  readonly reply: DecidedReply<R>;
  /** When the command was sent, on the monotonic clock. */
  readonly sentMs: number;
}

/** The clock of the server that stores a group of keys, and one of the keys, which is used to read it. */
interface GroupClock {
  readonly serverClock: ServerClock;
  readonly key: string;
}

/**
 * Runs a script that changes nothing after the deadline of the run: a caller that has stopped waiting is not counted
 * late. Each run carries the earliest server time at which its deadline can have passed.
 */
export class BoundedScript<R> {
  private readonly clocks = new Map<string | number, GroupClock>();
  /** One object for all runs: the store groups calls by the identity of their limits. */
  private readonly limits: CallOptions;
  private readonly endWatch: (() => void) | undefined;

  constructor(
    private readonly source: ScriptSource,
    private readonly options: BoundedScriptOptions<R>,
  ) {
    this.limits = Object.freeze({ deadline: options.deadlineMs / 1000 });
    if (source.scripts.groupOf === undefined) this.clockOf(options.clockRead.key);
    // The connection may lead to another server, with another clock.
    this.endWatch = source.link?.onChange((state) => {
      if (state === 'up') this.readClocks();
    });
  }

  /**
   * Runs the script again only when the reply proves that it changed nothing.
   * @throws RedisInfraError DEADLINE_EXCEEDED with the outcome `not-executed` if it was late at every attempt
   */
  async run({ keys, argsAt, dueMs = this.dueMs() }: BoundedRun): Promise<BoundedResult<R>> {
    const { script, clock } = this.options;
    const [key = ''] = keys;
    const serverClock = this.clockOf(key);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sentMs = clock.monotonicMs();
      if (attempt > 0 && dueMs - sentMs < 1) break;
      const notAfterUs = serverClock.earliestUs(dueMs) ?? 0;
      const args = [notAfterUs, ...argsAt(serverClock.earliestUs(sentMs) ?? clock.wallMs() * 1000)];
      const reply = await this.source.scripts.run(script, keys, args, this.limitsFor(dueMs - sentMs));
      serverClock.learn(reply.nowUs, sentMs, clock.monotonicMs());
      if (reply.status === 'decided') return { reply, sentMs };
    }
    throw new RedisInfraError('DEADLINE_EXCEEDED', `${script.name} did not reach the server within its deadline`, {
      outcome: 'not-executed',
    });
  }

  /** Stops reading the server clock when the connection changes. */
  close(): void {
    this.endWatch?.();
  }

  private dueMs(): number {
    return this.options.clock.monotonicMs() + this.options.deadlineMs;
  }

  private limitsFor(leftMs: number): CallOptions {
    if (leftMs > this.options.deadlineMs - 1) return this.limits;
    return { deadline: Math.max(1, Math.ceil(leftMs)) / 1000 };
  }

  private clockOf(key: string): ServerClock {
    const group = this.source.scripts.groupOf?.(key) ?? 'all';
    let groupClock = this.clocks.get(group);
    if (groupClock === undefined) this.clocks.set(group, (groupClock = { serverClock: new ServerClock(), key }));
    return groupClock.serverClock;
  }

  /** Reads the clocks in advance, so that no run has to wait for them. */
  private readClocks(): void {
    let reads = 0;
    for (const { serverClock, key } of this.clocks.values()) {
      serverClock.forget();
      if (reads++ < MAX_CLOCK_READS) void this.readClock(serverClock, key);
    }
  }

  private async readClock(serverClock: ServerClock, key: string): Promise<void> {
    const { script, clockRead, clock } = this.options;
    const sentMs = clock.monotonicMs();
    try {
      const { nowUs } = await this.source.scripts.run(script, [key], [0, ...clockRead.args], this.limits);
      serverClock.learn(nowUs, sentMs, clock.monotonicMs());
    } catch {
      // The first run reads the clock.
    }
  }
}
