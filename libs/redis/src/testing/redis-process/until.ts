export interface UntilOptions {
  /** How long the condition may take, in ms. @default 10000 */
  readonly withinMs?: number | undefined;
  /** An error that makes it pointless to go on asking; it is thrown at once. */
  readonly giveUp?: (() => Error | undefined) | undefined;
}

const WITHIN_MS = 10_000;
const EVERY_MS = 10;

/**
 * Asks again and again until there is an answer, and gives it. `undefined`, false and an error thrown mean "not yet".
 * @throws Error that says `what` was waited for, with the last error as its cause.
 */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false> | Answer | undefined | false,
  { withinMs = WITHIN_MS, giveUp = () => undefined }: UntilOptions = {},
): Promise<Answer> {
  const end = performance.now() + withinMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    const given = giveUp();
    if (given !== undefined) throw given;
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`, { cause });
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
