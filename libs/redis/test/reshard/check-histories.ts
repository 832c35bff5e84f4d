import { runReshardHistory } from './reshard-history.js';

/** The histories of a thread: those of `seed` from the index `from` on. */
export interface HistoryRange {
  readonly seed: number;
  readonly from: number;
  readonly histories: number;
  readonly onProgress: (done: number) => void;
}

/** What a thread reports of its histories. */
export interface ReshardReport {
  readonly done: number;
  readonly counts: Readonly<Record<'hits' | 'changes' | 'entered', number>>;
  /** The description of the first history with a violation. */
  readonly broken: string | undefined;
}

/** Runs histories until one has a violation. */
export async function checkHistories({ seed, from, histories, onProgress }: HistoryRange): Promise<ReshardReport> {
  const counts = { hits: 0, changes: 0, entered: 0 };
  for (let done = 0; done < histories;) {
    const index = from + done;
    const { violations, hits, changes, entered } = await runReshardHistory({ seed, index });
    if (violations.length > 0) return { done, counts, broken: describe(seed, index, violations) };
    counts.hits += hits;
    counts.changes += changes;
    counts.entered += entered;
    onProgress(++done);
  }
  return { done: histories, counts, broken: undefined };
}

/** Runs one history. Returns the description of what is wrong with it. */
export async function replayHistory(seed: number, index: number): Promise<string | undefined> {
  const { violations } = await runReshardHistory({ seed, index });
  return violations.length === 0 ? undefined : describe(seed, index, violations);
}

function describe(seed: number, index: number, violations: readonly string[]): string {
  return [...violations, `history ${seed}:${index}`].join('\n');
}
