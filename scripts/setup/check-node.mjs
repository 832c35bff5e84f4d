import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { SetupError } from './step.mjs';

/** Refuses a Node.js that the packages do not run on, before npm fails on it in its own words. */
export function checkNode(version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  if (engines.node.split('||').some((range) => satisfies(version, range.trim()))) return;
  throw new SetupError(`Node.js ${engines.node} is needed; this is ${version}.`);
}

/** The two forms that `engines` uses: `^20.19.0` (that major, from there on) and `>=24`. */
function satisfies(version, range) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor = 0] = range.replace(/^\D+/, '').split('.').map(Number);
  if (range.startsWith('>=') && major > wantedMajor) return true;
  return major === wantedMajor && minor >= wantedMinor;
}
