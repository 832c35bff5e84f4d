/**
 * The layers from the lowest to the highest. Each may import the ones before it. No layer imports `testing`, and no
 * layer imports `cli`.
 */
export const LAYERS = [
  'common',
  'domain',
  'config',
  'adapters',
  'rate-limiter',
  'service',
  'cli',
  'nest',
  'testing',
] as const;

export type Layer = (typeof LAYERS)[number];

/** Every pair of layers, the importing one first, and whether the import is allowed. */
export function arrows(): { from: Layer; to: Layer; allowed: boolean }[] {
  return LAYERS.flatMap((from, at) =>
    LAYERS.map((to, above) => ({ from, to, allowed: to === 'cli' ? from === to : above <= at })),
  );
}

/** The levels of `adapters/` from the lowest to the highest. Each may import the ones before it. */
export const ADAPTER_LEVELS = [
  'errors',
  'resilience',
  'codec',
  'wire',
  'key-order',
  'calls',
  'ioredis-seams',
  'connection',
  'exclusive',
  'feed',
  'sending',
  'memory',
  'redis',
] as const;

export type AdapterLevel = (typeof ADAPTER_LEVELS)[number];

/** Every pair of different adapter levels, the importing one first, and whether the import is allowed. */
export function adapterArrows(): { from: AdapterLevel; to: AdapterLevel; allowed: boolean }[] {
  return ADAPTER_LEVELS.flatMap((from, at) =>
    ADAPTER_LEVELS.filter((to) => to !== from).map((to) => ({ from, to, allowed: ADAPTER_LEVELS.indexOf(to) < at })),
  );
}
