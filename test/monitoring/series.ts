import { ALL_SERIES } from '../../libs/redis/src/nest/metrics/series/all-series.js';

/** The series of the package and their labels. */
export const SERIES: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ALL_SERIES.map(({ name, labels }) => [name, labels]),
);
