/**
 * Cities whose name contains a text: $1 the folded text, $2 the same for LIKE, $3 how many. Whole names first, then beginnings,
 * then the bigger ones. Each row tells how many there are in all.
 */
export const SEARCH_CITIES = `
  SELECT id, name, country, population, lat, lon, count(*) OVER ()::int AS total
  FROM cities
  WHERE folded_name LIKE '%' || $2 || '%' ESCAPE '\\'
  ORDER BY folded_name = $1 DESC, starts_with(folded_name, $1) DESC, population DESC, id
  LIMIT $3`;

/** A text in which LIKE sees no wildcard. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
