/** The northernmost, southernmost, easternmost and westernmost city of a country: $1 country code. */
export const EXTREME_CITIES = `
  SELECT
    (array_agg(name ORDER BY lat DESC, id))[1] AS northernmost,
    (array_agg(name ORDER BY lat, id))[1] AS southernmost,
    (array_agg(name ORDER BY lon DESC, id))[1] AS easternmost,
    (array_agg(name ORDER BY lon, id))[1] AS westernmost
  FROM cities
  WHERE country = $1`;

/** The names of the cities farthest in each direction. Null: the country has no city. */
export interface ExtremeCities {
  readonly northernmost: string | null;
  readonly southernmost: string | null;
  readonly easternmost: string | null;
  readonly westernmost: string | null;
}
