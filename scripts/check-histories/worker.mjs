import { parentPort, workerData } from 'node:worker_threads';
import { importTypescript } from '../../libs/redis/test/codec/support/import-typescript.mjs';

const { path, ...range } = workerData;
const { checkHistories } = await importTypescript(path);
const report = await checkHistories({ ...range, onProgress: (done) => parentPort.postMessage({ done }) });
parentPort.postMessage({ report });
