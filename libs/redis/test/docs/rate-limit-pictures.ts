import type { ScriptMemory } from '../../src/domain/cache-store.js';
import { compilePolicy } from '../../src/rate-limiter/policy/compiled-policy.js';
import type { CallVerdict, Operation } from '../../src/rate-limiter/policy/limiter-call.js';
import { decideInMemory } from '../../src/rate-limiter/script/decide.twin.js';
import { parametersOf } from '../../src/rate-limiter/policy/policy-parameters.js';
import type { RateLimitPolicy } from '../../src/rate-limiter/policy/rate-limit-policy.js';

/** A column of a picture. */
const STEP_MS = 500;
const WINDOW_MS = 10_000;
const LABEL = 28;
/** The start of a window, so that window boundaries are at the marks of the ruler. */
const BEGIN_MS = 1_800_000_000_000;

/** Runs calls of one policy on a simulated clock, with the implementation of the embedded store. */
class Stage implements ScriptMemory {
  nowUs = 0;
  private readonly states = new Map<string, object>();
  private readonly policy;

  constructor(policy: RateLimitPolicy) {
    this.policy = compilePolicy(policy, '');
  }

  get(key: string): unknown {
    return this.states.get(key);
  }

  set(key: string, state: object): void {
    this.states.set(key, state);
  }

  delete(key: string): void {
    this.states.delete(key);
  }

  /** True if the call was admitted. */
  call(operation: Operation, atMs: number, holder = 0): boolean {
    this.nowUs = (BEGIN_MS + atMs) * 1000;
    const plan = [parametersOf(this.policy, this.nowUs)];
    const reply = decideInMemory(this, ['k'], [[{ operation, plan, times: 1, amount: 1, holder }]], Infinity);
    if (reply.status !== 'decided') throw new Error(`not decided: ${reply.status}`);
    return (reply.verdicts[0] as CallVerdict).admitted > 0;
  }
}

function every(stepMs: number, fromMs: number, toMs: number): number[] {
  return Array.from({ length: (toMs - fromMs) / stepMs }, (_, i) => fromMs + i * stepMs);
}

function ruler(seconds: number): string {
  const marks = Array.from({ length: seconds / 10 }, (_, i) => `${i * 10} s`.padEnd(WINDOW_MS / STEP_MS));
  const ticks = `|${'.'.repeat(WINDOW_MS / STEP_MS - 1)}`.repeat(seconds / 10);
  return `${' '.repeat(LABEL)}${marks.join('').trimEnd()}\n${' '.repeat(LABEL)}${ticks}`;
}

function row(label: string, at: ReadonlyMap<number, string>, seconds: number): string {
  const columns = Array.from({ length: (seconds * 1000) / STEP_MS }, (_, i) => at.get(i * STEP_MS) ?? ' ');
  return `${label.padEnd(LABEL)}${columns.join('')}`.trimEnd();
}

/** The maximum number of these times within any ten seconds. */
function maxInAWindow(moments: readonly number[]): number {
  return Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + WINDOW_MS).length));
}

// Six just before a window boundary and six just after it; later a continuous stream above the limit.
const REQUESTS = [...every(500, 7000, 13_000), ...every(500, 20_000, 40_000)];
const SECONDS = 40;

const LIMITS: readonly (readonly [label: string, policy: Omit<RateLimitPolicy, 'name' | 'limit' | 'window'>])[] = [
  ['fixed-window', { algorithm: 'fixed-window' }],
  ['sliding-window', { algorithm: 'sliding-window' }],
  ['gcra', {}],
  ['gcra, burst: 1', { burst: 1 }],
];

/** The same requests with each counting algorithm and a limit of 6 in 10 seconds. */
export function countingPicture(): string {
  const drawn = LIMITS.flatMap(([label, policy]) => {
    const stage = new Stage({ name: 'p', limit: 6, window: '10s', ...policy });
    const admitted = REQUESTS.filter((at) => stage.call('consume', at));
    const marks = new Map(REQUESTS.map((at) => [at, admitted.includes(at) ? '●' : '·']));
    return [
      row(label, marks, SECONDS),
      `${' '.repeat(LABEL)}${admitted.length} of ${REQUESTS.length}; at most ${maxInAWindow(admitted)} in any 10 s`,
    ];
  });
  return [ruler(SECONDS), row('requests', new Map(REQUESTS.map((at) => [at, '●'])), SECONDS), ...drawn].join('\n');
}

interface Work {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Its process crashes and does not release the permit. */
  readonly dies?: boolean;
}

const WORK: readonly Work[] = [
  { label: 'A', fromMs: 1000, toMs: 9000 },
  { label: 'B', fromMs: 3000, toMs: 6000, dies: true },
  { label: 'C', fromMs: 5000, toMs: 12_000 },
  { label: 'D', fromMs: 9500, toMs: 18_000 },
  { label: 'E', fromMs: 11_000, toMs: 19_000 },
  { label: 'F', fromMs: 13_500, toMs: 20_000 },
];

/** The holders of permits with a limit of 2. The permit of a crashed holder is free after the window. */
export function concurrencyPicture(): string {
  const stage = new Stage({ name: 'p', limit: 2, window: '10s', algorithm: 'concurrency' });
  const admitted = new Set<Work>();
  const calls = WORK.flatMap((work, i) => [
    { atMs: work.fromMs, work, holder: i + 1, operation: 'consume' as const },
    ...(work.dies === true ? [] : [{ atMs: work.toMs, work, holder: i + 1, operation: 'release' as const }]),
  ]);
  for (const { atMs, work, holder, operation } of calls.sort((a, b) => a.atMs - b.atMs)) {
    if (operation === 'release') stage.call('release', atMs, holder);
    else if (stage.call('consume', atMs, holder)) admitted.add(work);
  }
  return [ruler(20), ...WORK.map((work) => row(labelOf(work, admitted), barOf(work, admitted), 20))].join('\n');
}

function labelOf(work: Work, admitted: ReadonlySet<Work>): string {
  if (!admitted.has(work)) return `${work.label}  refused`;
  return `${work.label}  ${work.dies === true ? 'admitted, dies at the †' : 'admitted'}`;
}

function barOf(work: Work, admitted: ReadonlySet<Work>): Map<number, string> {
  if (!admitted.has(work)) return new Map([[work.fromMs, '·']]);
  const bar = new Map(every(STEP_MS, work.fromMs, work.toMs).map((at) => [at, '█']));
  return work.dies === true ? bar.set(work.toMs, '†') : bar;
}
