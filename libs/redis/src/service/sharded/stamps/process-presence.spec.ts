import { expect, test } from 'vitest';
import { systemClock } from '../../../common/clock.js';
import { ProcessPresence } from './process-presence.js';
import { MemoryStamps } from './shard-stamps.js';

const inPhase = (phase: 1 | 2) => ({ topology: 'before', next: 'after', phase }) as const;

/** A server that can lose a registration. */
class RegisteringStamps extends MemoryStamps {
  readonly texts = new Set<string>();
  isDown = false;

  override async register(process = '', before: readonly string[] = []): Promise<readonly string[]> {
    await Promise.resolve();
    if (this.isDown) throw new Error('unavailable');
    for (const text of before) this.texts.delete(text);
    if (process !== '') this.texts.add(process);
    return [...this.texts];
  }

  get phases(): readonly number[] {
    return [...this.texts].map((text) => (JSON.parse(text) as { own: { phase: number } }).own.phase);
  }
}

test('ProcessPresence ends the registration of an earlier phase although the first registration of the next one failed', async () => {
  const stamps = new RegisteringStamps();
  const presence = new ProcessPresence('p', stamps, systemClock);
  presence.announce(inPhase(1));
  await presence.announced();
  stamps.isDown = true;
  presence.announce(inPhase(2));
  await presence.announced();
  expect(stamps.phases).toEqual([1]);
  stamps.isDown = false;
  presence.announce(inPhase(2));
  await presence.announced();
  expect(stamps.phases).toEqual([2]);
  presence.announce(inPhase(1));
  await presence.end();
  expect(stamps.phases).toEqual([]);
});
