/** The countries by population, with their number of cities. */
export const COUNTRIES = `
  SELECT country AS code, count(*)::int AS cities, sum(population)::float8 AS population
  FROM cities
  GROUP BY country
  ORDER BY population DESC, code`;

export interface CountrySize {
  readonly code: string;
  readonly cities: number;
  readonly population: number;
}
