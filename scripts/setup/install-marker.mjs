import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

const MARKER = inRoot('node_modules', '.installed');

/** True if what is installed is what package-lock.json says. */
export function isInstalled() {
  try {
    return readFileSync(MARKER, 'utf8') === lockHash();
  } catch {
    return false;
  }
}

/** Remembers that node_modules holds what package-lock.json says. */
export function markInstalled() {
  writeFileSync(MARKER, lockHash());
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');
}
