// Prints the milliseconds that the imports of one contestant take in a process that has loaded Nest.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { mainThreadCpu } from '../harness/thread-cpu.mjs';
import { CONTESTANTS } from './contestants.mjs';

const [, , index = '0'] = process.argv;
const { imports } = CONTESTANTS[Number(index)];
// The package resolves Nest in the workspace; its peers do not use Nest.
const { resolve } = createRequire(new URL('../../libs/redis/dist/esm/index.js', import.meta.url));
for (const name of ['reflect-metadata', '@nestjs/common', '@nestjs/core']) {
  await import(pathToFileURL(resolve(name)).href);
}
const startedAt = performance.now();
const usedBefore = mainThreadCpu();
for (const module of imports) await import(module);
const cpuMs = (mainThreadCpu() - usedBefore) / 1000;
process.stdout.write(JSON.stringify({ cpuMs, clockMs: performance.now() - startedAt }));
