import { expect } from 'vitest';
import { KeyLives, type Decider } from './decider.js';
import { START_US, expectedReply, type Vector } from './vector.js';

/** Runs the steps of a vector for one subject. */
export async function runVector({ steps }: Vector, decider: Decider, key: string): Promise<void> {
  const lives = new KeyLives();
  for (const [i, step] of steps.entries()) {
    const { at, sentAt = at, notAfter = Infinity, calls, ttlMs } = step;
    const nowUs = START_US + at;
    const decided = await decider.decide({
      nowUs,
      sentAtUs: START_US + sentAt,
      notAfterUs: Math.min(START_US + notAfter, Number.MAX_SAFE_INTEGER),
      subjects: [{ key, calls: calls.map(({ call }) => call) }],
      expired: lives.takeExpired(nowUs),
    });
    expect(decided.reply, `step ${i}`).toEqual(expectedReply(step));
    if (ttlMs !== undefined) expect(decided.ttlsMs, `step ${i}: ttl`).toEqual([ttlMs]);
    lives.learn([key], decided, nowUs);
  }
}
