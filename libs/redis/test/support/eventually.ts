import { expect } from 'vitest';

/** Waits until a condition holds. Fails after `withinMs`. */
export async function eventually(condition: () => Promise<boolean> | boolean, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) expect.fail(`the condition did not hold within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
