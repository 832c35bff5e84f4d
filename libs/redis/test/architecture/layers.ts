/** From the lowest to the highest; each may import those before it. `testing` is above all and imported by none. */
export const LAYERS = [
  'common',
  'domain',
  'config',
  'adapters',
  'scripts',
  'service',
  'monitoring',
  'nest',
  'testing',
] as const;

export type Layer = (typeof LAYERS)[number];

/** Every pair of layers, the importing one first, and whether the import is allowed. */
export function arrows(): { from: Layer; to: Layer; allowed: boolean }[] {
  return LAYERS.flatMap((from, at) => LAYERS.map((to, above) => ({ from, to, allowed: above <= at })));
}
