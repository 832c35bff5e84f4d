import { nestSeenFrom } from './nest.mjs';

/** The same application without a guard, as the baseline. Both copies of Nest have the same version. */
export async function open() {
  return { nest: await nestSeenFrom(import.meta.url), imports: [], providers: [] };
}
