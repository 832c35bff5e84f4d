import { compressionVectors } from './compressed.js';
import type { GoldenVector } from './golden-vector.js';
import { refusedVectors } from './refused.js';
import { metaVectors, sealedVectors } from './sealed.js';
import { bareVectors, kindVectors, serialiserVectors } from './serialised.js';

/** Every file of golden vectors, with the function that generates them. */
export const GOLDEN_FILES: Readonly<Record<string, () => Promise<GoldenVector[]>>> = {
  'bare.json': bareVectors,
  'serialisers.json': serialiserVectors,
  'kinds.json': kindVectors,
  'compressed.json': compressionVectors,
  'meta.json': metaVectors,
  'sealed.json': sealedVectors,
  'refused.json': refusedVectors,
};
