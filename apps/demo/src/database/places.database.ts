import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { COPY_CITIES, CREATE_CITIES, EDITION } from './cities.table.js';
import type { GeoNamesRows } from './geonames.worker.js';

/** An open database and its number of cities. */
export interface PlacesDatabase {
  readonly postgres: PGlite;
  readonly cities: number;
}

const FILES = 'postgres';
const MARKER = 'loaded.json';

interface LoadedMarker {
  readonly edition: string;
  readonly cities: number;
}

/** Opens the database in a folder. Loads the cities first if they are not loaded completely, or if the database is broken. */
export async function openPlaces(directory: string, progress: (text: string) => void): Promise<PlacesDatabase> {
  const loaded = await readMarker(join(directory, MARKER));
  if (loaded?.edition === EDITION) {
    try {
      return { postgres: await PGlite.create(join(directory, FILES)), cities: loaded.cities };
    } catch (error) {
      progress(`The database does not open (${(error as Error).message}), so it is created again.`);
    }
  }
  return loadPlaces(directory, progress);
}

async function loadPlaces(directory: string, progress: (text: string) => void): Promise<PlacesDatabase> {
  const startedAt = performance.now();
  progress('Loading the cities of GeoNames into an embedded Postgres (only the first time) …');
  const files = join(directory, FILES);
  const marker = join(directory, MARKER);
  await rm(marker, { force: true });
  await rm(files, { recursive: true, force: true });
  await mkdir(files, { recursive: true });
  const [postgres, rows] = await Promise.all([PGlite.create(files), readGeoNames()]);
  await postgres.exec(CREATE_CITIES);
  await postgres.query(COPY_CITIES, [], { blob: new Blob([rows.bytes]) });
  await postgres.exec('ANALYZE cities');
  await postgres.exec('CHECKPOINT');
  // Written last, so that an interrupted load counts as not loaded.
  await writeFile(marker, JSON.stringify({ edition: EDITION, cities: rows.count } satisfies LoadedMarker));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  progress(`Loaded ${rows.count.toLocaleString('en')} cities in ${seconds} s`);
  return { postgres, cities: rows.count };
}

async function readGeoNames(): Promise<GeoNamesRows> {
  const thread = new Worker(new URL('./geonames.worker.js', import.meta.url));
  const [rows] = (await once(thread, 'message')) as [GeoNamesRows];
  return rows;
}

async function readMarker(path: string): Promise<LoadedMarker | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LoadedMarker;
  } catch {
    return undefined;
  }
}
