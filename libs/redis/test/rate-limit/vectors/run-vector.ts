import { expect } from 'vitest';
import { KeyLives, type Decider } from './decider.js';
import { START_US, expectedReply, type Vector } from './vector.js';

/** Takes a subject through the steps of a vector. */
export async function runVector({ steps }: Vector, decider: Decider, key: string): Promise<void> {
  const lives = new KeyLives();
  for (const [i, step] of steps.entries()) {
    const { at, told = at, notAfter = Infinity, calls, ttlMs } = step;
    const nowUs = START_US + at;
    const decided = await decider.decide({
      nowUs,
      toldUs: START_US + told,
      notAfterUs: Math.min(START_US + notAfter, Number.MAX_SAFE_INTEGER),
      subjects: [{ key, calls: calls.map(({ call }) => call) }],
      expired: lives.takeExpired(nowUs),
    });
    expect(decided.reply, `step ${i}`).toEqual(expectedReply(step));
    if (ttlMs !== undefined) expect(decided.ttlsMs, `step ${i}: its time to live`).toEqual([ttlMs]);
    lives.learn([key], decided, nowUs);
  }
}
