import { namesOf } from '../../common/records.js';
import type { CompiledPolicy } from '../policy/compiled-policy.js';
import { encodedPart } from '../policy/encoded-part.js';
import { OPERATIONS, type LimiterCall, type SubjectCalls } from '../policy/limiter-call.js';
import type { RateLimitAlgorithm } from '../policy/rate-limit-policy.js';
import { ALGORITHM_IDS, parametersOf, type PolicyParameters } from '../policy/policy-parameters.js';

const POLICY_BYTES = 3 + 5 * 8;
const CALL_BYTES = 5 + 2 * 8;
const COST_BYTES = 8;

/** Amount of a call whose costs follow, one for each policy. */
const COSTS_FOLLOW = -1;

const OPERATION_NAMES = namesOf(OPERATIONS);
const ALGORITHMS = namesOf(ALGORITHM_IDS);

/** A call as it was sent, with the parameters of its policies. */
export interface RequestedCall extends Omit<LimiterCall, 'plan'> {
  readonly plan: readonly PolicyParameters[];
}

/**
 * Encodes calls for decide.lua: each policy and each plan once, then the calls of each key. All numbers are big-endian.
 */
export function writeRequest(subjects: readonly SubjectCalls[], nowUs: number): Buffer {
  const policies = new Map<CompiledPolicy, number>();
  const plans = new Map<readonly CompiledPolicy[], number>();
  let bytes = 4 + subjects.length * 2;
  for (const { calls } of subjects) {
    bytes += calls.length * CALL_BYTES;
    for (const { plan, costs } of calls) {
      if (costs !== undefined) bytes += costs.length * COST_BYTES;
      if (!plans.has(plan)) bytes += addPlan(plan, plans, policies);
    }
  }
  const writer = new RequestWriter(Buffer.allocUnsafe(bytes));
  writer.uint16(policies.size);
  writer.uint16(plans.size);
  for (const policy of policies.keys()) writer.policy(parametersOf(policy, nowUs));
  for (const plan of plans.keys()) {
    writer.uint8(plan.length);
    for (const policy of plan) writer.uint16(encodedPart(policies.get(policy)));
  }
  for (const { calls } of subjects) {
    writer.uint16(calls.length);
    for (const call of calls) writer.call(call, encodedPart(plans.get(call.plan)));
  }
  return writer.buffer;
}

/** Registers a plan, and returns the bytes that it adds to the request. */
function addPlan(
  plan: readonly CompiledPolicy[],
  plans: Map<readonly CompiledPolicy[], number>,
  policies: Map<CompiledPolicy, number>,
): number {
  let bytes = 1 + plan.length * 2;
  plans.set(plan, plans.size);
  for (const policy of plan) {
    if (policies.has(policy)) continue;
    policies.set(policy, policies.size);
    bytes += POLICY_BYTES + policy.name.length;
  }
  return bytes;
}

class RequestWriter {
  private at = 0;

  constructor(readonly buffer: Buffer) {}

  uint8(value: number): void {
    this.at = this.buffer.writeUInt8(value, this.at);
  }

  uint16(value: number): void {
    this.at = this.buffer.writeUInt16BE(value, this.at);
  }

  policy(policy: PolicyParameters): void {
    const { name, algorithm, shadow, blockUs } = policy;
    this.uint8(name.length);
    this.at += this.buffer.write(name, this.at, 'latin1');
    this.uint8(ALGORITHM_IDS[algorithm]);
    this.uint8(shadow ? 1 : 0);
    this.double(blockUs);
    for (const value of valuesOf(policy)) this.double(value);
  }

  call({ operation, times, amount, costs, holder }: LimiterCall, plan: number): void {
    this.uint8(OPERATIONS[operation]);
    this.uint16(plan);
    this.uint16(times);
    this.double(costs === undefined ? amount : COSTS_FOLLOW);
    this.double(holder);
    if (costs !== undefined) for (const cost of costs) this.double(cost);
  }

  private double(value: number): void {
    this.at = this.buffer.writeDoubleBE(value, this.at);
  }
}

type PolicyValues = readonly [number, number, number, number];

/** The four numbers of a policy on the wire; their meaning depends on the algorithm. */
function valuesOf(policy: PolicyParameters): PolicyValues {
  switch (policy.algorithm) {
    case 'gcra':
      return [policy.capacity, policy.tokenCost, policy.leakPerTick, policy.tickUs];
    case 'sliding-window':
      return [policy.limit, policy.windowMs, 0, 0];
    case 'fixed-window':
      return policy.lengthUs > 0
        ? [policy.limit, policy.lengthUs, 0, 0]
        : [policy.limit, policy.startUs, policy.endUs, policy.nextEndUs];
    case 'concurrency':
      return [policy.limit, policy.holdUs, 0, 0];
  }
}

type CommonParameters = Pick<PolicyParameters, 'name' | 'shadow' | 'blockUs'>;

/** The inverse of `valuesOf`. */
function parametersFrom(
  common: CommonParameters,
  algorithm: RateLimitAlgorithm,
  [first, second, third, fourth]: PolicyValues,
): PolicyParameters {
  switch (algorithm) {
    case 'gcra':
      return { ...common, algorithm, capacity: first, tokenCost: second, leakPerTick: third, tickUs: fourth };
    case 'sliding-window':
      return { ...common, algorithm, limit: first, windowMs: second };
    case 'fixed-window':
      return third === 0
        ? { ...common, algorithm, limit: first, lengthUs: second, startUs: 0, endUs: 0, nextEndUs: 0 }
        : { ...common, algorithm, limit: first, lengthUs: 0, startUs: second, endUs: third, nextEndUs: fourth };
    case 'concurrency':
      return { ...common, algorithm, limit: first, holdUs: second };
  }
}

/** Decodes a request of `writeRequest`: the calls of each key. */
export function readRequest(request: Buffer, keys: number): RequestedCall[][] {
  const reader = new RequestReader(request);
  const [policyCount, planCount] = [reader.uint16(), reader.uint16()];
  const policies = reader.list(policyCount, () => reader.policy());
  const plans = reader.list(planCount, () => reader.list(reader.uint8(), () => encodedPart(policies[reader.uint16()])));
  return reader.list(keys, () => reader.list(reader.uint16(), () => reader.call(plans)));
}

class RequestReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  list<T>(length: number, read: () => T): T[] {
    return Array.from({ length }, read);
  }

  uint8(): number {
    return this.buffer.readUInt8(this.at++);
  }

  uint16(): number {
    this.at += 2;
    return this.buffer.readUInt16BE(this.at - 2);
  }

  policy(): PolicyParameters {
    const length = this.uint8();
    const name = this.buffer.toString('latin1', this.at, (this.at += length));
    const algorithm = encodedPart(ALGORITHMS[this.uint8() - 1]);
    const common = { name, shadow: this.uint8() === 1, blockUs: this.double() };
    return parametersFrom(common, algorithm, [this.double(), this.double(), this.double(), this.double()]);
  }

  call(plans: readonly (readonly PolicyParameters[])[]): RequestedCall {
    const operation = encodedPart(OPERATION_NAMES[this.uint8()]);
    const plan = encodedPart(plans[this.uint16()]);
    const call = { operation, plan, times: this.uint16(), amount: this.double(), holder: this.double() };
    if (call.amount !== COSTS_FOLLOW) return call;
    return { ...call, costs: this.list(plan.length, () => this.double()) };
  }

  private double(): number {
    this.at += 8;
    return this.buffer.readDoubleBE(this.at - 8);
  }
}
