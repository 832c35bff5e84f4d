import { RedisInfraError } from '../../common/redis-infra.error.js';
import type { ScriptHost } from '../../domain/cache-store.js';
import type { AwaitedCall } from './awaited-call.js';
import { DECIDE } from './decide.script.js';
import { writeRequest } from './decide.request.js';
import type { CallVerdict, LimiterCall, SubjectCalls } from './decide.calls.js';
import { ServerClock } from './server-clock.js';

/** The most calls in one command: a script stops the server for as long as it runs. */
const MOST_CALLS = 512;
/** The first attempt may find the clock unknown, and the next one the calendar gone on. */
const ATTEMPTS = 3;

/** Calls that say the same, one after the other, as one; and who waits for them. */
interface FoldedCall extends LimiterCall {
  times: number;
  readonly callers: AwaitedCall[];
}

interface FoldedSubject extends SubjectCalls {
  readonly calls: FoldedCall[];
}

/** Collects the calls of one turn of the event loop for keys that may go together, and sends them as one command, in order. */
export class CallQueue {
  private readonly clock = new ServerClock();
  private subjects = new Map<string, FoldedSubject>();
  private size = 0;
  private underWay = 0;
  /** Calls since nothing was under way, and in the busy time before. */
  private burst = 0;
  private lastBurst = 0;

  constructor(
    private readonly host: ScriptHost,
    private readonly deadlineMs: number,
  ) {}

  add(call: AwaitedCall): void {
    if (call.isSettled) return;
    this.burst++;
    this.size++;
    this.fold(call);
    // Nobody else was there last time: so nobody is waited for.
    if (this.size >= MOST_CALLS || (this.underWay === 0 && this.burst === 1 && this.lastBurst <= 1)) this.flush();
    else if (this.size === 1) this.atEndOfTurn();
  }

  /** Learns what the server's clock says, before somebody has to wait for that. */
  async tune(key: string): Promise<void> {
    this.clock.forget();
    const request = writeRequest([{ key, calls: [] }], 0);
    const sentMs = performance.now();
    try {
      const { nowUs } = await this.host.run(DECIDE, [key], [0, request], { deadline: this.deadlineMs / 1000 });
      this.clock.learn(nowUs, sentMs, performance.now());
    } catch {
      // The first decision will ask.
    }
  }

  private atEndOfTurn(): void {
    if (this.host.atEndOfTurn === undefined) setImmediate(this.flush);
    else this.host.atEndOfTurn(this.flush);
  }

  private fold(call: AwaitedCall): void {
    const { key, operation, plan, amount, holder, times } = call;
    let subject = this.subjects.get(key);
    if (subject === undefined) this.subjects.set(key, (subject = { key, calls: [] }));
    const last = subject.calls.at(-1);
    if (last !== undefined && call.isLike(last) && last.callers.length === last.times) {
      last.times++;
      last.callers.push(call);
    } else {
      subject.calls.push({ operation, plan, amount, holder, times, callers: [call] });
    }
  }

  private readonly flush = (): void => {
    if (this.size === 0) return;
    const subjects = [...this.subjects.values()];
    this.subjects = new Map();
    this.size = 0;
    this.underWay++;
    void this.decide(subjects).then(() => {
      if (--this.underWay > 0) return;
      this.lastBurst = this.burst;
      this.burst = this.size;
    });
  };

  private async decide(asked: readonly FoldedSubject[]): Promise<void> {
    const subjects = withoutSettled(asked);
    if (subjects.length === 0) return;
    try {
      await this.send(subjects);
    } catch (error) {
      for (const { calls } of subjects) for (const { callers } of calls) for (const call of callers) call.fail(error);
    }
  }

  /** Only what the server says it did not do is sent again, and what was said in its time is done. */
  private async send(subjects: readonly FoldedSubject[]): Promise<void> {
    const keys = subjects.map(({ key }) => key);
    const dueMs = startOf(subjects) + this.deadlineMs;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sentMs = performance.now();
      const leftMs = dueMs - sentMs;
      if (attempt > 0 && leftMs < 1) break;
      const request = writeRequest(subjects, this.clock.earliestUs(sentMs) ?? Date.now() * 1000);
      const notAfterUs = this.clock.earliestUs(dueMs) ?? 0;
      const call = { deadline: Math.max(1, leftMs) / 1000 };
      const reply = await this.host.run(DECIDE, keys, [notAfterUs, request], call);
      this.clock.learn(reply.nowUs, sentMs, performance.now());
      if (reply.status === 'decided') return answer(subjects, reply.verdicts, sentMs);
    }
    throw new RedisInfraError('DEADLINE_EXCEEDED', `${DECIDE.name} did not come to the server within its deadline`, {
      outcome: 'not-executed',
    });
  }
}

/** Who was ended by a signal meanwhile is not counted. */
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

function startOf(subjects: readonly FoldedSubject[]): number {
  return subjects[0]?.calls[0]?.callers[0]?.startedMs ?? performance.now();
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
