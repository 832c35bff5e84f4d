import { compilePolicy, type CompiledPolicy } from '../../src/rate-limiter/policy/compiled-policy.js';
import type { LimiterCall, PolicyVerdict } from '../../src/rate-limiter/policy/limiter-call.js';
import type { RateLimitPolicy } from '../../src/rate-limiter/policy/rate-limit-policy.js';
import { KeyLives } from './vectors/decider.js';
import { TwinDecider } from './vectors/twin-decider.js';
import { START_US } from './vectors/vector.js';

export interface Simulated extends PolicyVerdict {
  readonly isAdmitted: boolean;
}

/** One subject under one policy, on a simulated clock. */
export class SimulatedLimit {
  readonly policy: CompiledPolicy;
  nowUs = START_US;
  private readonly plan: readonly CompiledPolicy[];
  private readonly decider = new TwinDecider();
  private readonly lives = new KeyLives();

  constructor(policy: Omit<RateLimitPolicy, 'name'>) {
    this.policy = compilePolicy({ name: 'simulated', ...policy }, '');
    this.plan = [this.policy];
  }

  decide(details: Partial<LimiterCall> = {}): Simulated {
    const { nowUs, plan, lives } = this;
    const call: LimiterCall = { operation: 'consume', plan, times: 1, amount: 1, holder: 0, ...details };
    const subjects = [{ key: 'subject', calls: [call] }];
    const expired = lives.takeExpired(nowUs);
    const decided = this.decider.decideNow({ nowUs, sentAtUs: nowUs, notAfterUs: nowUs, subjects, expired });
    lives.learn(['subject'], decided, nowUs);
    const [verdict] = decided.reply.status === 'decided' ? decided.reply.verdicts : [];
    const [policy] = verdict?.policies ?? [];
    if (verdict === undefined || policy === undefined)
      throw new Error(`expected a decision, got the status ${decided.reply.status}`);
    return { ...policy, isAdmitted: verdict.admitted > 0 };
  }
}
