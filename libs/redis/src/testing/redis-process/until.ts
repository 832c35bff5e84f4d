import { systemClock } from '../../common/clock.js';

export interface UntilOptions {
  /** How long to wait for the condition, in ms. @default 10000 */
  readonly withinMs?: number | undefined;
  /** Returns an error that makes further polling pointless. It is thrown immediately. */
  readonly giveUp?: (() => Error | undefined) | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 10;

/**
 * Polls until `poll` returns a result, and resolves with it. `undefined`, false and a thrown error mean "not yet".
 * @throws Error that names the condition (`what`), with the last error as its cause, when the time is over.
 */
export async function until<Result>(
  what: string,
  poll: () => Promise<Result | undefined | false> | Result | undefined | false,
  { withinMs = DEFAULT_TIMEOUT_MS, giveUp = () => undefined }: UntilOptions = {},
): Promise<Result> {
  const end = systemClock.monotonicMs() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const result = await poll();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      cause = error;
    }
    const failure = giveUp();
    if (failure !== undefined) throw failure;
    if (systemClock.monotonicMs() > end) throw new Error(`${what}: not within ${withinMs} ms`, { cause });
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}
