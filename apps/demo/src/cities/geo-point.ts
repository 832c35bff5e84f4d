import type { GeoPoint } from './city.models.js';

/** Rounds a point to two decimals (about a kilometre), so that neighbouring points share a cache entry. Turns longitude -180 into 180. */
export function roundPoint({ lat, lon }: GeoPoint): GeoPoint {
  const rounded = roundDegrees(lon);
  return { lat: roundDegrees(lat), lon: rounded === -180 ? 180 : rounded };
}

function roundDegrees(degrees: number): number {
  // Adding zero turns -0 into 0.
  return Math.round(degrees * 100) / 100 + 0;
}
