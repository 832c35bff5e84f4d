/** A point on Earth, in degrees. */
export interface GeoPoint {
  readonly lat: number;
  readonly lon: number;
}

/** A city as the demo shows it. */
export interface City extends GeoPoint {
  readonly id: number;
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly population: number;
}

/** A city and its distance from the requested point. */
export interface NearCity extends City {
  readonly km: number;
}

/** A big city with its rank in the world and its share of its country. */
export interface RankedCity {
  readonly name: string;
  readonly population: number;
  readonly worldRank: number;
  /** Its share of the population of all cities of the country, from 0 to 1. Null: the population is unknown. */
  readonly share: number | null;
}

/** Statistics of the cities of a country. */
export interface CountryStatistics {
  readonly country: string;
  readonly name: string;
  readonly cities: number;
  readonly population: number;
  readonly median: number;
  readonly percentile90: number;
  readonly percentile99: number;
  /** The number of the biggest cities that together have half of the population. */
  readonly citiesWithHalfThePeople: number;
  readonly biggest: readonly RankedCity[];
}

/** The result of a search: the number of all matches, and the first of them. */
export interface SearchResult {
  readonly total: number;
  readonly cities: readonly City[];
}
