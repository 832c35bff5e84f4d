import { IdleDetector } from '../../common/time/idle-detector.js';
import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ScriptHost } from '../../domain/cache-store.js';
import type { QueuedCall } from './awaited-call.js';
import { selectPath } from '../script/decide.script.js';
import { writeRequest } from '../script/decide.request.js';
import type { CallVerdict, DecideResults, LimiterCall, SubjectCalls } from '../policy/limiter-call.js';
import { encodedPart } from '../policy/encoded-part.js';
import type { BoundedScript } from '../server-time/bounded-script.js';

/** Maximum calls in one command: the server executes nothing else while a script runs. */
const MAX_CALLS = 512;
/**
 * Under load, the callers of one reply send their next calls together. As one command, client and server would wait for
 * each other alternately. As chunks of this many calls, both work at the same time.
 */
const PIPELINE_CHUNK = 32;

/** Equal consecutive calls as one call on the wire, with their callers. */
interface FoldedCall extends LimiterCall {
  times: number;
  readonly callers: QueuedCall[];
}

interface SentVerdicts {
  readonly verdicts: readonly CallVerdict[];
  readonly sentMs: number;
}

interface FoldedSubject extends SubjectCalls {
  readonly calls: FoldedCall[];
}

/** Collects the calls of one tick for keys of one group, and sends them as one command, in order. */
export class CallQueue {
  private readonly idle = new IdleDetector();
  private subjects = new Map<string, FoldedSubject>();
  private size = 0;
  private readonly batches = new Set<Promise<void>>();
  /** A large batch was answered in this tick. */
  private isAnswering = false;

  constructor(
    private readonly host: ScriptHost,
    private readonly script: BoundedScript<DecideResults>,
  ) {}

  add(call: QueuedCall): void {
    if (call.isSettled) return;
    this.idle.onCalls();
    this.size++;
    this.fold(call);
    if (this.size >= (this.isAnswering ? PIPELINE_CHUNK : MAX_CALLS)) this.flushNow();
    else if (this.size === 1) this.schedule();
  }

  /** Sends the queued calls, and resolves when nothing is in flight. */
  async drain(): Promise<void> {
    this.flush();
    while (this.batches.size > 0) await Promise.all(this.batches);
  }

  /** While calls arrive one at a time, flush on the next microtask. Otherwise collect the calls of the whole tick. */
  private schedule(): void {
    const { host, flush } = this;
    if (this.idle.isIdle) void Promise.resolve().then(flush);
    else if (host.atEndOfTick === undefined) setImmediate(flush);
    else host.atEndOfTick(flush);
  }

  private fold(call: QueuedCall): void {
    const { key, operation, plan, amount, costs, holder, times } = call;
    let subject = this.subjects.get(key);
    if (subject === undefined) this.subjects.set(key, (subject = { key, calls: [] }));
    const last = subject.calls.at(-1);
    if (last !== undefined && call.isLike(last) && last.callers.length === last.times) {
      last.times++;
      last.callers.push(call);
    } else {
      subject.calls.push({ operation, plan, amount, costs, holder, times, callers: [call] });
    }
  }

  private flushNow(): void {
    this.flush();
    this.host.sendNow?.();
  }

  private readonly flush = (): void => {
    if (this.size === 0) return;
    const subjects = withoutSettled([...this.subjects.values()]);
    this.subjects = new Map();
    this.size = 0;
    if (subjects.length > 0) this.track(this.decide(subjects));
  };

  private track(decided: Promise<void>): void {
    this.batches.add(decided);
    void decided.then(() => this.batches.delete(decided));
  }

  /** Callers may call again synchronously, so all bookkeeping is finished before they are resolved. */
  private async decide(subjects: readonly FoldedSubject[]): Promise<void> {
    this.idle.onSent();
    try {
      const { verdicts, sentMs } = await this.send(subjects);
      this.onBatchEnd(verdicts.length);
      resolveCalls(subjects, verdicts, sentMs);
    } catch (error) {
      this.onBatchEnd(1);
      // One key holds another type: send each subject by itself, so that only that one fails.
      if (subjects.length > 1 && isKeyError(error)) for (const subject of subjects) this.track(this.decide([subject]));
      else
        for (const { calls } of subjects) for (const { callers } of calls) for (const call of callers) call.fail(error);
    }
  }

  private onBatchEnd(calls: number): void {
    this.idle.onSettled(this.size);
    if (calls < PIPELINE_CHUNK || this.isAnswering) return;
    this.isAnswering = true;
    setImmediate(() => (this.isAnswering = false));
  }

  /**
   * The deadline counts from now and not from the call: a blocked event loop must not look like an unavailable server.
   */
  private async send(subjects: readonly FoldedSubject[]): Promise<SentVerdicts> {
    const path = selectPath(subjects);
    const { reply, sentMs } = await this.script.run({
      keys: subjects.map(({ key }) => key),
      argsAt: (nowUs) => [writeRequest(subjects, nowUs), path],
    });
    return { verdicts: reply.verdicts, sentMs };
  }
}

/** The script found a value of another type under a key, and changed nothing. */
function isKeyError(error: unknown): boolean {
  return error instanceof RedisInfraError && error.code === 'WRONG_TYPE';
}

/** Marks the calls as sent, and drops those that a signal has aborted. */
function withoutSettled(subjects: readonly FoldedSubject[]): readonly FoldedSubject[] {
  let isAnySettled = false;
  for (const { calls } of subjects) {
    for (const { callers } of calls) {
      for (const call of callers) {
        isAnySettled ||= call.isSettled;
        call.markSent();
      }
    }
  }
  if (!isAnySettled) return subjects;
  return subjects
    .map(({ key, calls }) => ({ key, calls: calls.map(withoutSettledCallers).filter(hasCallers) }))
    .filter(hasCalls);
}

function withoutSettledCallers(call: FoldedCall): FoldedCall {
  const callers = call.callers.filter(({ isSettled }) => !isSettled);
  return { ...call, callers, times: call.times - call.callers.length + callers.length };
}

function hasCallers({ callers }: FoldedCall): boolean {
  return callers.length > 0;
}

function hasCalls({ calls }: FoldedSubject): boolean {
  return calls.length > 0;
}

function resolveCalls(subjects: readonly FoldedSubject[], verdicts: readonly CallVerdict[], sentMs: number): void {
  let i = 0;
  for (const { calls } of subjects) {
    for (const { callers } of calls) {
      const verdict = encodedPart(verdicts[i++]);
      callers.forEach((call, nth) => call.succeed(verdict, nth, sentMs));
    }
  }
}
