import type { GeoPoint } from './city.models.js';

/** The point to two decimals (about a kilometre), so that neighbours share an answer. The two ways to write one place become one. */
export function roundPoint({ lat, lon }: GeoPoint): GeoPoint {
  const rounded = roundDegrees(lon);
  return { lat: roundDegrees(lat), lon: rounded === -180 ? 180 : rounded };
}

function roundDegrees(degrees: number): number {
  // Adding zero makes 0 of -0, which would be written the same and yet differ.
  return Math.round(degrees * 100) / 100 + 0;
}
