import { isDeepStrictEqual } from 'node:util';
import type { DecideReply } from '../../../src/rate-limiter/policy/limiter-call.js';
import { FuzzRandom } from '../../codec/fuzz/fuzz-random.js';
import { KeyLives, type Decided, type Decider, type Moment } from '../vectors/decider.js';
import { TwinDecider } from '../vectors/twin-decider.js';
import { RandomMoments } from './random-moments.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly cases: number;
  /** The first case. @default 0 */
  readonly from?: number;
  /** Runs decide.lua. */
  readonly lua: Decider;
  readonly onProgress?: (done: number) => void;
}

const MOMENTS = 40;
const PROGRESS = 1000;

interface Seen {
  readonly moment: Moment;
  readonly twin: Decided;
}

/** Runs decide.lua and its twin with the same calls at the same moments. Returns how often each operation was admitted and refused. */
export async function runFuzz({ seed, cases, from = 0, lua, onProgress }: FuzzOptions): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  for (let index = from; index < from + cases; index++) {
    const all = momentsOf(new FuzzRandom(seed, index), `${seed}:${index}`);
    const decided = await Promise.all(all.map(({ moment }) => lua.decide(moment)));
    all.forEach(({ moment, twin }, i) => {
      count(outcomes, moment, twin.reply);
      if (!isDeepStrictEqual(decided[i], twin)) throw new Error(difference({ seed, index, i, all, decided }));
    });
    if ((index + 1 - from) % PROGRESS === 0) onProgress?.(index + 1 - from);
  }
  return outcomes;
}

function momentsOf(random: FuzzRandom, prefix: string): readonly Seen[] {
  const keys = ['k', 'l', 'm'].map((key) => `${prefix}:${key}`);
  const moments = new RandomMoments(random, keys);
  const lives = new KeyLives();
  const decider = new TwinDecider();
  const all: Seen[] = [];
  let last: DecideReply | undefined;
  for (let i = 0; i < MOMENTS; i++) {
    const next = moments.next(last);
    const moment = { ...next, expired: lives.takeExpired(next.nowUs) };
    const twin = decider.decideNow(moment);
    const momentKeys = moment.subjects.map(({ key }) => key);
    lives.learn(momentKeys, twin, moment.nowUs);
    last = twin.reply;
    all.push({ moment, twin });
  }
  return all;
}

function count(outcomes: Map<string, number>, { subjects }: Moment, reply: DecideReply): void {
  const results = reply.status === 'decided' ? reply.verdicts.map(({ admitted }) => (admitted > 0 ? 'yes' : 'no')) : [];
  const operations = subjects.flatMap(({ calls }) => calls.map(({ operation }) => operation));
  operations.forEach((operation, i) => {
    const outcome = `${operation}: ${results[i] ?? reply.status}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });
}

interface Difference {
  readonly seed: number;
  readonly index: number;
  readonly i: number;
  readonly all: readonly Seen[];
  readonly decided: readonly Decided[];
}

function difference({ seed, index, i, all, decided }: Difference): string {
  const { moment, twin } = all[i] as Seen;
  const show = (value: unknown): string => JSON.stringify(value, undefined, 1);
  return [
    `seed ${seed}, case ${index}, moment ${i} (--seed ${seed} --from ${index} --cases 1)`,
    `request: ${show(moment)}`,
    `decide.lua: ${show(decided[i])}`,
    `its twin: ${show(twin)}`,
  ].join('\n');
}
