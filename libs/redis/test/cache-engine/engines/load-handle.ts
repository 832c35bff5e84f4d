import type { LoadHandle } from './engine-under-test.js';

/** The context of a load that its engine can read. */
export interface ReadableHandle extends LoadHandle {
  readonly tags: readonly string[];
  readonly isSkipped: () => boolean;
}

/** The context of a load, for the engines of this folder. */
export function loadHandle(signal: AbortSignal): ReadableHandle {
  const tags: string[] = [];
  let isSkipped = false;
  return {
    signal,
    tags,
    tag: (...names) => void tags.push(...names),
    skip: () => {
      isSkipped = true;
    },
    isSkipped: () => isSkipped,
  };
}

/** The context of a load that nothing aborts. */
export function silentHandle(): ReadableHandle {
  return loadHandle(new AbortController().signal);
}
