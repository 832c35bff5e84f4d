/** The number of cities and people in each quarter of the Earth. */
export const HEMISPHERES = `
  SELECT
    CASE WHEN lat >= 0 THEN 'north' ELSE 'south' END AS latitude,
    CASE WHEN lon >= 0 THEN 'east' ELSE 'west' END AS longitude,
    count(*)::int AS cities,
    sum(population)::float8 AS population
  FROM cities
  GROUP BY 1, 2
  ORDER BY 1, 2`;

/** A quarter of the Earth. */
export interface Hemisphere {
  readonly latitude: 'north' | 'south';
  readonly longitude: 'east' | 'west';
  readonly cities: number;
  readonly population: number;
}
