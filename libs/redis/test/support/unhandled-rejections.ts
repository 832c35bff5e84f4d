import { afterAll, afterEach, beforeAll } from 'vitest';

/** Fails each test of a file that leaves a rejection unhandled. Returns the rejections of the running test. */
export function failOnUnhandledRejections(): readonly unknown[] {
  const rejections: unknown[] = [];
  const record = (reason: unknown): void => void rejections.push(reason);
  beforeAll(() => void process.on('unhandledRejection', record));
  afterAll(() => void process.off('unhandledRejection', record));
  afterEach(() => {
    const [first, ...others] = rejections.splice(0);
    if (first !== undefined)
      throw new Error(`the test left ${others.length + 1} rejections unhandled`, { cause: first });
  });
  return rejections;
}

/** Lets Node report the rejections that are unhandled now: it does so after the microtasks of a tick. */
export async function unhandledRejectionsReported(): Promise<void> {
  for (let ticks = 0; ticks < 3; ticks++) await new Promise((resolve) => setImmediate(resolve));
}
