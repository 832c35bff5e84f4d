import type { CompiledPolicy } from '../../../src/rate-limiter/policy/compiled-policy.js';
import {
  OPERATIONS,
  type DecideReply,
  type LimiterCall,
  type Operation,
  type SubjectCalls,
} from '../../../src/rate-limiter/policy/limiter-call.js';
import type { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import type { Moment } from '../vectors/decider.js';
import { START_US } from '../vectors/vector.js';
import { randomPlan, randomPolicy } from './random-policies.js';

const POLICIES = 6;
const HOLDERS = 6;
const FAR_US = 400 * 86_400_000_000;
const ALL_OPERATIONS = Object.keys(OPERATIONS) as Operation[];
/** Operations of concurrency policies only. */
const CONCURRENCY_ONLY: ReadonlySet<Operation> = new Set(['renew', 'release']);
/** Operations that one call can repeat. */
const REPEATABLE: ReadonlySet<Operation> = new Set(['consume', 'peek']);
/** Operations that accept a cost per policy. */
const CHARGING: ReadonlySet<Operation> = new Set(['consume', 'peek', 'penalty', 'refund']);

/** Generates moments with few policies and subjects, close to the times that the previous replies returned. */
export class RandomMoments {
  private nowUs = START_US;
  private readonly policies: readonly CompiledPolicy[];

  constructor(
    private readonly random: FuzzRandom,
    private readonly keys: readonly string[],
  ) {
    this.policies = Array.from({ length: POLICIES }, () => randomPolicy(random));
  }

  next(last: DecideReply | undefined): Omit<Moment, 'expired'> {
    const { random } = this;
    this.nowUs += this.jump(last);
    // A double holds whole microseconds exactly until the year 2255.
    if (this.nowUs < START_US - FAR_US || this.nowUs > START_US + 50 * FAR_US) this.nowUs = START_US;
    const { nowUs } = this;
    const sentAtUs = random.onceIn(20) ? nowUs - random.below(2 ** 37) : nowUs;
    const notAfterUs = nowUs + (random.onceIn(20) ? random.below(3) - 1 : 50_000);
    const fastPathPlan = random.onceIn(3) ? this.fastPathPlan() : undefined;
    const subject = (key: string): SubjectCalls => ({
      key,
      calls: fastPathPlan === undefined ? this.calls() : [this.consumeCall(fastPathPlan)],
    });
    const subjects = this.keys.filter(() => !random.onceIn(2)).map(subject);
    return {
      nowUs,
      sentAtUs,
      notAfterUs,
      subjects: subjects.length > 0 ? subjects : [subject(this.keys[0] as string)],
    };
  }

  private jump(last: DecideReply | undefined): number {
    const { random } = this;
    const kind = random.below(12);
    if (kind < 4) return 0;
    if (kind < 7) return this.edge(last) + random.below(3) - 1;
    if (kind < 9) return random.below(random.pick(this.policies).windowMs * 1500);
    if (kind === 9) return random.below(2000);
    if (kind === 10) return -random.below(random.pick(this.policies).windowMs * 1500);
    return random.onceIn(4) ? random.below(FAR_US) - FAR_US / 2 : random.below(100);
  }

  /** The time until a count of the last reply changes. */
  private edge(last: DecideReply | undefined): number {
    if (last?.status !== 'decided' || last.verdicts.length === 0) return 1;
    const { policies } = this.random.pick(last.verdicts);
    const { waitUs, resetUs } = this.random.pick(policies);
    return Math.max(1, this.random.onceIn(3) ? resetUs : waitUs);
  }

  private calls(): LimiterCall[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.call());
  }

  /** The plan of calls that the fast path decides, or of calls that it almost decides: GCRA policies, often a single one. */
  private fastPathPlan(): readonly CompiledPolicy[] | undefined {
    const gcraPolicies = this.policies.filter(({ algorithm }) => algorithm === 'gcra');
    if (gcraPolicies.length === 0) return undefined;
    return this.random.onceIn(4) ? randomPlan(this.random, gcraPolicies) : [this.random.pick(gcraPolicies)];
  }

  private consumeCall(plan: readonly CompiledPolicy[]): LimiterCall {
    return {
      operation: 'consume',
      plan,
      times: this.random.length(600),
      amount: this.amount('consume', plan, false),
      costs: this.costs('consume', plan, false),
      holder: 0,
    };
  }

  private call(): LimiterCall {
    const { random } = this;
    const operation = random.onceIn(2) ? 'consume' : random.pick(ALL_OPERATIONS);
    const plan = this.planFor(operation);
    if (plan.length === 0) return this.call();
    const isConcurrency = plan.some(({ algorithm }) => algorithm === 'concurrency');
    const holder = isConcurrency ? 1 + random.below(HOLDERS) : 0;
    const times = isConcurrency || !REPEATABLE.has(operation) ? 1 : random.length(600);
    const amount = this.amount(operation, plan, isConcurrency);
    return { operation, plan, times, amount, costs: this.costs(operation, plan, isConcurrency), holder };
  }

  /** Randomly a cost per policy, or undefined. */
  private costs(operation: Operation, plan: readonly CompiledPolicy[], isConcurrency: boolean): number[] | undefined {
    if (plan.length === 1 || !CHARGING.has(operation) || this.random.onceIn(2)) return undefined;
    return plan.map(() => this.amount(operation, plan, isConcurrency));
  }

  private planFor(operation: Operation): readonly CompiledPolicy[] {
    const plan = randomPlan(this.random, this.policies);
    return CONCURRENCY_ONLY.has(operation) ? plan.filter(({ algorithm }) => algorithm === 'concurrency') : plan;
  }

  private amount(operation: Operation, plan: readonly CompiledPolicy[], isConcurrency: boolean): number {
    const { random } = this;
    const { limit, burst, windowMs } = random.pick(plan);
    if (operation === 'block') return random.below(windowMs * 2000);
    if (isConcurrency) return random.below(2);
    const amounts = [
      0,
      1,
      1,
      1,
      2,
      3,
      Math.ceil(limit / 3),
      limit,
      limit + 1,
      burst,
      2 * burst,
      Number.MAX_SAFE_INTEGER,
    ];
    return random.pick(amounts);
  }
}
