import { randomBytes } from 'node:crypto';
import { StartError } from '../start.error.js';

const MIN_BYTES = 16;

/**
 * The secret that seals searches: `DEMO_SECRET`, or a random one. No later run can open values that were sealed with a random secret: they
 * are misses.
 * @throws StartError when `DEMO_SECRET` is shorter than 16 bytes
 */
export function demoSecret(secret: string | undefined): string | Uint8Array {
  if (secret === undefined || secret === '') return randomBytes(32);
  if (Buffer.byteLength(secret) >= MIN_BYTES) return secret;
  throw new StartError(
    `DEMO_SECRET must be at least ${MIN_BYTES} bytes long: generate one with openssl rand -base64 32.`,
  );
}
