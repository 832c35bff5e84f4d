import { vi } from 'vitest';
import type { VirtualTime } from './virtual-node.js';

/** Advances a virtual clock together with the faked timers of Node.js, so that a timer fires at its time. */
export async function advance(time: VirtualTime, ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    await time.pass(1);
    await vi.advanceTimersByTimeAsync(1);
  }
  await vi.advanceTimersByTimeAsync(0);
}
