import type { GeoPoint } from './city.models.js';

// Every part is a number, a checked code or percent-encoded text, so that no text can contain a separator and collide with another key.

/** The key of the cities nearest to a point. */
export function nearestKey({ lat, lon }: GeoPoint, limit: number): string {
  return `nearest:${lat}:${lon}:${limit}`;
}

/** The key of a search, in the cache for searches. `text` is folded. */
export function searchKey(text: string, limit: number): string {
  return `${encodeURIComponent(text)}:${limit}`;
}
