import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../policy/compiled-policy.js';
import { OPERATIONS, type DecideReply, type LimiterCall, type Operation } from '../policy/limiter-call.js';
import { readReply, writeReply } from './decide.reply.js';
import { readRequest, writeRequest } from './decide.request.js';
import { parametersOf } from '../policy/policy-parameters.js';

const NOW_US = Date.UTC(2025, 0, 1) * 1000;
const A = compilePolicy({ name: 'a', limit: 3, window: '1s', blockFor: '2s', shadow: true }, '');
const B = compilePolicy({ name: 'b'.repeat(128), limit: 10 ** 9, window: 'month', algorithm: 'fixed-window' }, '');

describe('an encoded request', () => {
  test('reads back as it was written', () => {
    const both = [A, B];
    const calls = Object.keys(OPERATIONS).map((operation, i): LimiterCall => {
      const details = { times: 65_535 - i, amount: Number.MAX_SAFE_INTEGER - i, holder: 2 ** 48 - 1 };
      return { operation: operation as Operation, plan: i % 2 === 0 ? both : [B], ...details };
    });
    calls.push({
      operation: 'consume',
      plan: both,
      times: 1,
      amount: 1,
      costs: [0, Number.MAX_SAFE_INTEGER],
      holder: 0,
    });
    const subjects = [
      { key: 'k', calls },
      { key: 'none', calls: [] },
      { key: 'l', calls: calls.slice(0, 1) },
    ];
    const read = readRequest(writeRequest(subjects, NOW_US), subjects.length);
    const decoded = (call: LimiterCall): object => ({
      ...call,
      // With costs, the amount is the marker that costs follow.
      amount: call.costs === undefined ? call.amount : -1,
      plan: call.plan.map((policy) => parametersOf(policy, NOW_US)),
    });
    expect(read).toEqual(subjects.map((subject) => subject.calls.map(decoded)));
  });

  test('contains each policy and each plan once', () => {
    const plan = [A, B];
    const call: LimiterCall = { operation: 'consume', plan, times: 1, amount: 1, holder: 0 };
    const one = writeRequest([{ key: 'k', calls: [call] }], NOW_US).length;
    const many = writeRequest([{ key: 'k', calls: Array.from({ length: 100 }, () => call) }], NOW_US).length;
    expect((many - one) / 99).toBe(21);
  });

  test('contains the current calendar window and the next', () => {
    const january = [Date.UTC(2025, 0, 1), Date.UTC(2025, 1, 1), Date.UTC(2025, 2, 1)].map((ms) => ms * 1000);
    const [startUs, endUs, nextEndUs] = january;
    expect(parametersOf(B, NOW_US + 5)).toMatchObject({ lengthUs: 0, startUs, endUs, nextEndUs });
  });
});

describe('an encoded reply', () => {
  const verdict = { counted: 2, free: 0.5, resetUs: Number.MAX_SAFE_INTEGER, waitUs: -2 };

  test.each<DecideReply>([
    { status: 'late', nowUs: NOW_US },
    { status: 'calendar', nowUs: NOW_US },
    { status: 'decided', nowUs: NOW_US, verdicts: [] },
    {
      status: 'decided',
      nowUs: NOW_US,
      verdicts: [
        { admitted: 65_535, policies: [verdict, verdict] },
        { admitted: 0, policies: [verdict] },
      ],
    },
  ])('reads back as it was written: %j', (reply) => {
    expect(readReply(writeReply(reply))).toEqual(reply);
  });
});
