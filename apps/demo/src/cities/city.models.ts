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

/** A city, and how far it is from the point that was asked for. */
export interface NearCity extends City {
  readonly km: number;
}

/** A big city, and its place in its country and in the world. */
export interface RankedCity {
  readonly name: string;
  readonly population: number;
  readonly worldRank: number;
  /** Its part of the people in all cities of the country, from 0 to 1; null where no population is known. */
  readonly share: number | null;
}

/** The cities of a country, in numbers. */
export interface CountryStatistics {
  readonly country: string;
  readonly name: string;
  readonly cities: number;
  readonly population: number;
  readonly median: number;
  readonly percentile90: number;
  readonly percentile99: number;
  /** How many of the biggest cities it takes to hold half of the people. */
  readonly citiesWithHalfThePeople: number;
  readonly biggest: readonly RankedCity[];
}

/** What a search found: how many there are, and the first of them. */
export interface SearchResult {
  readonly total: number;
  readonly cities: readonly City[];
}
