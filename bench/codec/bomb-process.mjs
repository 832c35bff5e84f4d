// Decodes one bomb, and tells what that took.
import { readFileSync } from 'node:fs';
import { createCodec } from '../../libs/redis/dist/adapters/codec/create-codec.js';
import { serve } from '../harness/served-process.mjs';

const PLACE = { key: 'bench:bomb' };
const KIB = 1024;
const MIB = KIB * KIB;

const codec = createCodec({ compression: true });

/** A process that serves has read values before: what that loads for good is not the bomb's. */
async function warmUp() {
  for (const bytes of [4 * KIB, MIB]) await codec.decode(await codec.encode('x'.repeat(bytes), PLACE), PLACE);
}

async function codeOf(bytes) {
  try {
    await codec.decode(bytes, PLACE);
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
    // The highest there ever was, against what was there before: never too little.
    const extraMiB = (process.resourceUsage().maxRSS * KIB - residentBytes) / MIB;
    return { ms: (user + system) / 1000, extraMiB };
  },
});
