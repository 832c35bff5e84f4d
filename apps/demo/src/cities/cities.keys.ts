import type { GeoPoint } from './city.models.js';

// Every part is a number, a checked code or percent-encoded, so that no text can contain a separator and pass for another key.

/** Key of the cities nearest to a point. */
export function nearestKey({ lat, lon }: GeoPoint, limit: number): string {
  return `nearest:${lat}:${lon}:${limit}`;
}

/** Key of a search, in its own cache; `text` is folded. */
export function searchKey(text: string, limit: number): string {
  return `${encodeURIComponent(text)}:${limit}`;
}
