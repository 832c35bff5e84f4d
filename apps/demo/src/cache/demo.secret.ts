import { randomBytes } from 'node:crypto';
import { StartError } from '../start.error.js';

const MIN_BYTES = 16;

/**
 * The secret that searches are sealed with: `DEMO_SECRET`, or else a random one. A random one ends with this run: what it sealed
 * in Redis, no later run can open, so those searches are misses then.
 * @throws StartError
 */
export function demoSecret(given: string | undefined): string | Uint8Array {
  if (given === undefined || given === '') return randomBytes(32);
  if (Buffer.byteLength(given) >= MIN_BYTES) return given;
  throw new StartError(
    `DEMO_SECRET must be at least ${MIN_BYTES} bytes long: openssl rand -base64 32 makes a good one.`,
  );
}
