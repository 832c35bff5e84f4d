import type { ScriptMemory } from '../../domain/cache-store.js';
import { ConcurrencyCount } from '../algorithms/concurrency.count.js';
import { askedAt, costAt } from '../policy/charge.js';
import type { CallVerdict, DecideReply, PolicyVerdict } from '../policy/decide.calls.js';
import type { RequestedCall } from './decide.request.js';
import { KINDS, type PolicyParameters } from '../policy/policy-parameters.js';
import { SubjectRecords, type PolicyRecord } from './subject-records.js';

/** What decide.lua does, in this process: the same calls at the same moments have the same verdicts. */
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
  if (current.areOver) return { status: 'calendar', nowUs };
  // All are read before any is written: where one holds something else this fails, and has changed nothing.
  const subjectRecords = keys.map((key) => new SubjectRecords(memory, key, nowUs));
  const verdicts = subjects.flatMap((ofKey, i) => {
    const records = subjectRecords[i] as SubjectRecords;
    const done = ofKey.map((call) => decideCall(records, call, nowUs));
    records.save();
    return done;
  });
  return { status: 'decided', nowUs, verdicts };
}

/** Fixed windows as they are now; the same parameters stay the same object. */
class CurrentWindows {
  areOver = false;
  private readonly seen = new Map<PolicyParameters, PolicyParameters>();

  constructor(private readonly nowUs: number) {}

  of(policy: PolicyParameters): PolicyParameters {
    if (policy.kind !== KINDS['fixed-window']) return policy;
    let current = this.seen.get(policy);
    if (current === undefined) this.seen.set(policy, (current = this.at(policy)));
    return current;
  }

  private at(policy: PolicyParameters): PolicyParameters {
    const { nowUs } = this;
    const { b, c, d } = policy;
    if (c === 0) {
      // A window that begins with the epoch: its length is known.
      const startUs = nowUs - (nowUs % b);
      return { ...policy, b: startUs, c: startUs + b };
    }
    const current = nowUs >= c ? { ...policy, b: c, c: d } : policy;
    if (nowUs < current.b || nowUs >= current.c) this.areOver = true;
    return current;
  }
}

function decideCall(records: SubjectRecords, call: RequestedCall, nowUs: number): CallVerdict {
  if (call.operation === 'consume' || call.operation === 'peek') return consume(records, call, nowUs);
  const done = call.plan.map((policy, i) => change(records, policy, { ...call, amount: costAt(call, i) }, nowUs));
  return {
    admitted: done.every(({ isDone }) => isDone) ? call.times : 0,
    policies: done.map(({ record }) => verdictOf(record, 1, 1)),
  };
}

/** As many of the repetitions as all have room for that may refuse; those that may not count what they would have let through. */
function consume(records: SubjectRecords, call: RequestedCall, nowUs: number): CallVerdict {
  const { operation, plan, times, holder } = call;
  const spent = plan.map((_, i) => (operation === 'peek' ? 0 : costAt(call, i)));
  const opened = plan.map((policy) => records.of(policy));
  const rooms = opened.map((record, i) => {
    const room = roomFor(record, times, askedAt(call, i), holder);
    // Who only looks leaves the room to the next.
    return spent[i] === 0 && room > 0 ? times : room;
  });
  const admitted = Math.min(times, ...rooms.filter((_, i) => plan[i]?.shadow !== true));
  const counted = rooms.map((room) => Math.min(room, admitted));
  opened.forEach((record, i) => {
    const { policy, count } = record;
    const cost = spent[i] as number;
    const tokens = (counted[i] as number) * cost;
    if (tokens > 0) {
      count.add(tokens, holder);
      records.hasChanged = true;
    }
    const mayBlock = cost > 0 && policy.blockUs > 0 && !record.isBlocked;
    if (mayBlock && (admitted < times || (rooms[i] as number) < times) && record.waitUs(cost) >= 0) {
      record.blockedUs = nowUs + policy.blockUs;
      records.hasChanged = true;
    }
  });
  return { admitted, policies: opened.map((record, i) => verdictOf(record, counted[i] as number, askedAt(call, i))) };
}

function roomFor(record: PolicyRecord, times: number, asked: number, holder: number): number {
  if (record.isBlocked) return 0;
  const { count } = record;
  if (!(count instanceof ConcurrencyCount)) return Math.min(times, Math.floor(record.free / asked));
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
  const place = count instanceof ConcurrencyCount ? count : undefined;
  let isDone = true;
  if (operation === 'penalty') count.add(amount, holder);
  else if (operation === 'refund') count.add(-amount, holder);
  else if (operation === 'block') record.blockedUs = nowUs + amount;
  else if (operation === 'unblock') record.blockedUs = 0;
  else if (operation === 'renew') {
    isDone = place !== undefined && (place.has(holder) || place.free > 0);
    if (isDone) count.add(1, holder);
  } else if (operation === 'release') count.add(-1, holder);
  if (isDone) records.hasChanged = true;
  return { record, isDone };
}

function verdictOf(record: PolicyRecord, counted: number, asked: number): PolicyVerdict {
  return { counted, free: record.free, resetUs: record.resetUs(), waitUs: record.waitUs(asked) };
}
