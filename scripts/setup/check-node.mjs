import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { SetupError } from './step.mjs';

/** Refuses an unsupported Node.js with a clear message, before npm fails. */
export function checkNode(version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  if (engines.node.split('||').some((range) => satisfies(version, range.trim()))) return;
  throw new SetupError(`Node.js ${engines.node} is required; this is ${version}.`);
}

/** Supports the two forms in `engines`: `^20.19.0` (this version or newer of the same major) and `>=24`. */
function satisfies(version, range) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = range.replace(/^\D+/, '').split('.').map(Number);
  if (range.startsWith('>=') && major > wantedMajor) return true;
  return major === wantedMajor && minor >= wantedMinor;
}
