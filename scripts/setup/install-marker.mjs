import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

const MARKER = inRoot('node_modules', '.installed');

/** True if the installed packages match package-lock.json. */
export function isInstalled() {
  try {
    return readFileSync(MARKER, 'utf8') === lockHash();
  } catch {
    return false;
  }
}

/** Records that node_modules matches package-lock.json. */
export function markInstalled() {
  writeFileSync(MARKER, lockHash());
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(inRoot('package-lock.json')))
    .digest('hex');
}
