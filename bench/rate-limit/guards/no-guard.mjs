import { nestSeenFrom } from './nest.mjs';

/** The same application without any: what is left is what the rest costs. Both copies of Nest are the same version. */
export async function open() {
  return { nest: await nestSeenFrom(import.meta.url), imports: [], providers: [] };
}
