import { parentPort, workerData } from 'node:worker_threads';
import { importTypescript } from '../../libs/redis/test/codec/support/import-typescript.mjs';
import { inRoot } from '../setup/paths.mjs';

const { checkHistories } = await importTypescript(inRoot('libs/redis/test/cache-engine/histories/check-histories.ts'));
const report = await checkHistories({ ...workerData, onProgress: (done) => parentPort.postMessage({ done }) });
parentPort.postMessage({ report });
