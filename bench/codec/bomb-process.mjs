// Decodes one bomb and reports its cost.
import { readFileSync } from 'node:fs';
import { createCodec } from '../../libs/redis/build/adapters/codec/create-codec.js';
import { serve } from '../harness/served-process.mjs';

const POSITION = { key: 'bench:bomb' };
const KIB = 1024;
const MIB = KIB * KIB;

const codec = createCodec({ compression: true });

/** Reads values first, as a running process has: memory for code and buffers is not caused by the bomb. */
async function warmUp() {
  for (const bytes of [4 * KIB, MIB]) await codec.decode(await codec.encode('x'.repeat(bytes), POSITION), POSITION);
}

async function codeOf(bytes) {
  try {
    await codec.decode(bytes, POSITION);
    return undefined;
  } catch (error) {
    return error.code;
  }
}

serve({
  async decode({ file }) {
    const bytes = readFileSync(file);
    await warmUp();
    const residentBytes = process.memoryUsage.rss();
    const start = process.cpuUsage();
    const code = await codeOf(bytes);
    const { user, system } = process.cpuUsage(start);
    if (!['CODEC_TOO_LARGE', 'CODEC_DECOMPRESS'].includes(code)) throw new Error(`the bomb was not refused (${code})`);
    // Peak memory minus the memory before: never too little.
    const extraMiB = (process.resourceUsage().maxRSS * KIB - residentBytes) / MIB;
    return { ms: (user + system) / 1000, extraMiB };
  },
});
