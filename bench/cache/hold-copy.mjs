import { setImmediate as nextTick } from 'node:timers/promises';

const HELD_WITHIN_MS = 10_000;

/** Resolves when the process holds a near copy of the key: not before the feed of the server is up to date. */
export async function holdCopy(cache, key, read = () => cache.get(key)) {
  const endMs = performance.now() + HELD_WITHIN_MS;
  while (cache.peek(key) === undefined) {
    if (performance.now() > endMs) throw new Error('no near copy was kept');
    await read();
    await nextTick();
  }
}
