import type { ScriptMemory } from '../../domain/cache-store.js';
import { ConcurrencyCount } from '../algorithms/concurrency.algorithm.js';
import { requiredAt, costAt } from '../policy/charge.js';
import type { CallVerdict, DecideReply, PolicyVerdict } from '../policy/limiter-call.js';
import type { RequestedCall } from './decide.request.js';
import type { FixedWindowParameters, PolicyParameters } from '../policy/policy-parameters.js';
import { SubjectRecords, type PolicyRecord } from './subject-records.js';

/** The twin of decide.lua: the same calls at the same moments have the same verdicts. */
export function decideInMemory(
  memory: ScriptMemory,
  keys: readonly string[],
  calls: readonly (readonly RequestedCall[])[],
  notAfterUs: number,
): DecideReply {
  const { nowUs } = memory;
  if (nowUs > notAfterUs) return { status: 'late', nowUs };
  const current = new CurrentWindows(nowUs);
  const subjects = calls.map((ofKey) => ofKey.map((call) => ({ ...call, plan: call.plan.map((p) => current.of(p)) })));
  if (current.hasEnded) return { status: 'calendar', nowUs };
  // Read all keys before the first write: a key that holds another type fails the request before anything has changed.
  const opened = keys.map((key, i) => ({ records: new SubjectRecords(memory, key, nowUs), ofKey: subjects[i] ?? [] }));
  const verdicts = opened.flatMap(({ records, ofKey }) => {
    const keyVerdicts = ofKey.map((call) => decideCall(records, call, nowUs));
    records.save();
    return keyVerdicts;
  });
  return { status: 'decided', nowUs, verdicts };
}

/** Resolves fixed windows to the current one. Equal parameters stay the same object. */
class CurrentWindows {
  /** A calendar window, and the one after it, are over: the client must send newer ones. */
  hasEnded = false;
  private readonly resolved = new Map<FixedWindowParameters, FixedWindowParameters>();

  constructor(private readonly nowUs: number) {}

  of(policy: PolicyParameters): PolicyParameters {
    if (policy.algorithm !== 'fixed-window') return policy;
    let current = this.resolved.get(policy);
    if (current === undefined) this.resolved.set(policy, (current = this.at(policy)));
    return current;
  }

  private at(policy: FixedWindowParameters): FixedWindowParameters {
    const { nowUs } = this;
    const { lengthUs, endUs, nextEndUs } = policy;
    if (lengthUs > 0) {
      const startUs = nowUs - (nowUs % lengthUs);
      return { ...policy, startUs, endUs: startUs + lengthUs };
    }
    const current = nowUs >= endUs ? { ...policy, startUs: endUs, endUs: nextEndUs } : policy;
    if (nowUs < current.startUs || nowUs >= current.endUs) this.hasEnded = true;
    return current;
  }
}

function decideCall(records: SubjectRecords, call: RequestedCall, nowUs: number): CallVerdict {
  if (call.operation === 'consume' || call.operation === 'peek') return consume(records, call, nowUs);
  const changes = call.plan.map((policy, i) => change(records, policy, { ...call, amount: costAt(call, i) }, nowUs));
  return {
    admitted: changes.every(({ isDone }) => isDone) ? call.times : 0,
    policies: changes.map(({ record }) => verdictOf(record, 1, 1)),
  };
}

/** A policy of a `consume` call, with the repetitions that it has room for. */
interface PolicyUse {
  readonly record: PolicyRecord;
  readonly cost: number;
  /** Tokens that the policy must have room for. */
  readonly required: number;
  readonly room: number;
}

/**
 * Admits as many repetitions as all enforced policies have room for. Shadow policies count what they would have
 * admitted.
 */
function consume(records: SubjectRecords, call: RequestedCall, nowUs: number): CallVerdict {
  const { plan, times, holder } = call;
  const uses = plan.map((policy, i) => useOf(records.of(policy), call, i));
  const enforced = uses.filter(({ record }) => !record.policy.shadow);
  const admitted = Math.min(times, ...enforced.map(({ room }) => room));
  for (const { record, cost, room } of uses) {
    const { policy, count } = record;
    const tokens = Math.min(room, admitted) * cost;
    if (tokens > 0) {
      count.add(tokens, holder);
      records.hasChanged = true;
    }
    const mayBlock = cost > 0 && policy.blockUs > 0 && !record.isBlocked;
    if (mayBlock && (admitted < times || room < times) && record.waitUs(cost) >= 0) {
      record.blockedUs = nowUs + policy.blockUs;
      records.hasChanged = true;
    }
  }
  const policies = uses.map(({ record, room, required }) => verdictOf(record, Math.min(room, admitted), required));
  return { admitted, policies };
}

function useOf(record: PolicyRecord, call: RequestedCall, i: number): PolicyUse {
  const cost = call.operation === 'peek' ? 0 : costAt(call, i);
  const required = requiredAt(call, i);
  const room = roomFor(record, call.times, required, call.holder);
  // A call that spends nothing leaves its room to the next repetition.
  return { record, cost, required, room: cost === 0 && room > 0 ? call.times : room };
}

function roomFor(record: PolicyRecord, times: number, required: number, holder: number): number {
  if (record.isBlocked) return 0;
  const { count } = record;
  if (!(count instanceof ConcurrencyCount)) return Math.min(times, Math.floor(record.free / required));
  return count.has(holder) ? times : Math.min(times, record.free);
}

function change(
  records: SubjectRecords,
  policy: PolicyParameters,
  { operation, amount, holder }: RequestedCall,
  nowUs: number,
): { readonly record: PolicyRecord; readonly isDone: boolean } {
  const record = operation === 'reset' ? records.forget(policy) : records.of(policy);
  const { count } = record;
  const permits = count instanceof ConcurrencyCount ? count : undefined;
  let isDone = true;
  if (operation === 'penalty') count.add(amount, holder);
  else if (operation === 'refund') count.add(-amount, holder);
  else if (operation === 'block') record.blockedUs = nowUs + amount;
  else if (operation === 'unblock') record.blockedUs = 0;
  else if (operation === 'renew') {
    isDone = permits !== undefined && (permits.has(holder) || permits.free > 0);
    if (isDone) count.add(1, holder);
  } else if (operation === 'release') count.add(-1, holder);
  if (isDone) records.hasChanged = true;
  return { record, isDone };
}

function verdictOf(record: PolicyRecord, counted: number, required: number): PolicyVerdict {
  return { counted, free: record.free, resetUs: record.resetUs(), waitUs: record.waitUs(required) };
}
