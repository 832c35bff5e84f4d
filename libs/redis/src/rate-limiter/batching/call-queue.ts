import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { CallOptions, ScriptHost } from '../../domain/cache-store.js';
import type { QueuedCall } from './awaited-call.js';
import { DECIDE, selectFastPath } from '../script/decide.script.js';
import { writeRequest } from '../script/decide.request.js';
import type { CallVerdict, LimiterCall, SubjectCalls } from '../policy/decide.calls.js';
import { ServerClock } from './server-clock.js';

/** The most calls in one command: a script stops the server for as long as it runs. */
const MAX_CALLS = 512;
/**
 * Under load the callers of one answer ask again all at once. In one command, server and client would work in turns, each waiting for
 * the other; in parts of so many calls they work at the same time.
 */
const PIPELINE_CHUNK = 32;
/** The first attempt may find the clock unknown, and the next one the calendar gone on. */
const ATTEMPTS = 3;

/** Calls that say the same, one after the other, as one; and who waits for them. */
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

/** Collects the calls of one turn of the event loop for keys that may go together, and sends them as one command, in order. */
export class CallQueue {
  private readonly clock = new ServerClock();
  /** Always the same: calls that wait equally long are waited for together. */
  private readonly limits: CallOptions;
  private subjects = new Map<string, FoldedSubject>();
  private size = 0;
  private readonly batches = new Set<Promise<void>>();
  private inFlight = 0;
  /** Calls since nothing was under way, and in the busy time before. */
  private burst = 0;
  private lastBurst = 0;
  /** Calls came back in this turn of the event loop. */
  private isAnswering = false;

  constructor(
    private readonly host: ScriptHost,
    private readonly deadlineMs: number,
  ) {
    this.limits = Object.freeze({ deadline: deadlineMs / 1000 });
  }

  add(call: QueuedCall): void {
    if (call.isSettled) return;
    this.burst++;
    this.size++;
    this.fold(call);
    if (this.size >= (this.isAnswering ? PIPELINE_CHUNK : MAX_CALLS)) this.flushNow();
    else if (this.size === 1) this.schedule();
  }

  /** Learns what the server's clock says, before somebody has to wait for that. */
  async syncClock(key: string): Promise<void> {
    this.clock.forget();
    const request = writeRequest([{ key, calls: [] }], 0);
    const sentMs = performance.now();
    try {
      const { nowUs } = await this.host.run(DECIDE, [key], [0, request, 'any'], this.limits);
      this.clock.learn(nowUs, sentMs, performance.now());
    } catch {
      // The first decision will ask.
    }
  }

  /** Sends what is here, and resolves when nothing is under way any more. */
  async drain(): Promise<void> {
    this.flush();
    while (this.batches.size > 0) await Promise.all(this.batches);
  }

  /** Where nobody else was there last time, nobody is waited for but those who ask in the same breath. */
  private schedule(): void {
    const { host, flush } = this;
    if (this.inFlight === 0 && this.lastBurst <= 1) void Promise.resolve().then(flush);
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

  /** Who is told asks again at once: so this one is over before it tells anybody. */
  private async decide(subjects: readonly FoldedSubject[]): Promise<void> {
    this.inFlight++;
    try {
      const { verdicts, sentMs } = await this.send(subjects);
      this.onBatchEnd(verdicts.length);
      answer(subjects, verdicts, sentMs);
    } catch (error) {
      this.onBatchEnd(1);
      // One of them is no subject's: the others have nothing to do with that.
      if (subjects.length > 1 && isOfOneKey(error)) for (const subject of subjects) this.track(this.decide([subject]));
      else
        for (const { calls } of subjects) for (const { callers } of calls) for (const call of callers) call.fail(error);
    }
  }

  private onBatchEnd(calls: number): void {
    if (--this.inFlight === 0) {
      this.lastBurst = this.burst;
      this.burst = this.size;
    }
    if (calls < PIPELINE_CHUNK || this.isAnswering) return;
    this.isAnswering = true;
    setImmediate(() => (this.isAnswering = false));
  }

  /** Only what the server says it did not do is sent again, and what was said in its time is done. */
  private async send(subjects: readonly FoldedSubject[]): Promise<SentVerdicts> {
    const keys = subjects.map(({ key }) => key);
    const way = selectFastPath(subjects);
    // From now on, and not since they were asked: an event loop that was blocked says nothing of the server.
    const dueMs = performance.now() + this.deadlineMs;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sentMs = performance.now();
      const leftMs = dueMs - sentMs;
      if (attempt > 0 && leftMs < 1) break;
      const request = writeRequest(subjects, this.clock.earliestUs(sentMs) ?? Date.now() * 1000);
      const notAfterUs = this.clock.earliestUs(dueMs) ?? 0;
      const call = attempt === 0 ? this.limits : { deadline: Math.ceil(leftMs) / 1000 };
      const reply = await this.host.run(DECIDE, keys, [notAfterUs, request, way], call);
      this.clock.learn(reply.nowUs, sentMs, performance.now());
      if (reply.status === 'decided') return { verdicts: reply.verdicts, sentMs };
    }
    throw new RedisInfraError('DEADLINE_EXCEEDED', `${DECIDE.name} did not come to the server within its deadline`, {
      outcome: 'not-executed',
    });
  }
}

/** The script found something else at a key, and changed nothing. */
function isOfOneKey(error: unknown): boolean {
  return error instanceof RedisInfraError && error.code === 'WRONG_TYPE';
}

/** The calls that are sent now. Who was ended by a signal meanwhile is not among them. */
function withoutSettled(subjects: readonly FoldedSubject[]): readonly FoldedSubject[] {
  let isAnySettled = false;
  for (const { calls } of subjects) {
    for (const { callers } of calls) {
      for (const call of callers) {
        isAnySettled ||= call.isSettled;
        call.isSent = true;
      }
    }
  }
  if (!isAnySettled) return subjects;
  return subjects
    .map(({ key, calls }) => ({ key, calls: calls.map(withoutSettledCallers).filter(isAsked) }))
    .filter(hasCalls);
}

function withoutSettledCallers(call: FoldedCall): FoldedCall {
  const callers = call.callers.filter(({ isSettled }) => !isSettled);
  return { ...call, callers, times: call.times - call.callers.length + callers.length };
}

function isAsked({ callers }: FoldedCall): boolean {
  return callers.length > 0;
}

function hasCalls({ calls }: FoldedSubject): boolean {
  return calls.length > 0;
}

function answer(subjects: readonly FoldedSubject[], verdicts: readonly CallVerdict[], sentMs: number): void {
  let i = 0;
  for (const { calls } of subjects) {
    for (const { callers } of calls) {
      const verdict = verdicts[i++] as CallVerdict;
      callers.forEach((call, nth) => call.succeed(verdict, nth, sentMs));
    }
  }
}
