import { CALENDAR_VECTORS } from './calendar.vectors.js';
import { CONCURRENCY_VECTORS } from './concurrency.vectors.js';
import { COSTS_VECTORS } from './costs.vectors.js';
import { FIXED_WINDOW_VECTORS } from './fixed-window.vectors.js';
import { GCRA_VECTORS } from './gcra.vectors.js';
import { SLIDING_WINDOW_VECTORS } from './sliding-window.vectors.js';
import { TOGETHER_VECTORS } from './together.vectors.js';
import type { Vector } from './vector.js';

export const ALL_VECTORS: readonly (readonly [title: string, vectors: readonly Vector[]])[] = [
  ['gcra', GCRA_VECTORS],
  ['sliding-window', SLIDING_WINDOW_VECTORS],
  ['fixed-window', FIXED_WINDOW_VECTORS],
  ['calendar windows', CALENDAR_VECTORS],
  ['concurrency', CONCURRENCY_VECTORS],
  ['several policies, blocks, changed policies', TOGETHER_VECTORS],
  ['costs per policy', COSTS_VECTORS],
];
