/**
 * Cities whose name contains a text: $1 the folded text, $2 the same escaped for LIKE, $3 limit. Exact matches first, then
 * prefixes, then by population. Each row has the total number of matches.
 */
export const SEARCH_CITIES = `
  SELECT id, name, country, population, lat, lon, count(*) OVER ()::int AS total
  FROM cities
  WHERE folded_name LIKE '%' || $2 || '%' ESCAPE '\\'
  ORDER BY folded_name = $1 DESC, starts_with(folded_name, $1) DESC, population DESC, id
  LIMIT $3`;

/** Escapes the wildcards of LIKE. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
