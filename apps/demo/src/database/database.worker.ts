import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import type { DatabaseReply, DatabaseRequest, DatabaseThreadData } from './database.messages.js';
import { openPlaces } from './places.database.js';

// The database is WebAssembly, and a query blocks its thread until it ends. So it runs on its own thread.
const port = parentPort;
if (port === null) throw new Error('This module is the entry of a worker thread.');

const reply = (message: DatabaseReply): void => port.postMessage(message);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function answer(postgres: PGlite, request: DatabaseRequest): Promise<void> {
  if (request.kind === 'close') {
    await postgres.close();
    port?.close();
    return;
  }
  const { id, sql, parameters } = request;
  try {
    const { rows } = await postgres.query(sql, [...parameters]);
    reply({ kind: 'rows', id, rows });
  } catch (error) {
    reply({ kind: 'failed', id, reason: reasonOf(error) });
  }
}

try {
  const { directory } = workerData as DatabaseThreadData;
  const { postgres, cities } = await openPlaces(directory, (text) => reply({ kind: 'progress', text }));
  port.on('message', (request: DatabaseRequest) => void answer(postgres, request));
  reply({ kind: 'ready', cities });
} catch (error) {
  reply({ kind: 'unusable', reason: reasonOf(error) });
}
