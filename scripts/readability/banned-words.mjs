import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Words that the literature of the field does not use, each with its replacement. docs/glossary.md defines the terms. Add
 * a word when no file contains it any more.
 */
const BANNED = {
  anew: 'again',
  'calm(?:ly)?': 'throttled',
  'gates?': 'circuit',
  goodbye: 'quit',
  hurried: 'in a hurry',
  'lanes?': 'connection',
  'lone(?! surrogates?)': 'idle, single',
  'mend(?:s|ed|ing)?': 'fix, repair',
  'nobody|somebody|anybody': 'no caller, a caller',
  told: 'notified, emitted',
  'under way': 'in flight, running',
  'whoever|whomever': 'the caller',
  'by and by': 'later',
};

const CHECKED = ['libs', 'apps', 'bench', 'docs', 'scripts', 'test', '*.md'];
const NOT_CHECKED = /(?:lock\.json|\.lua\.ts|docs\/glossary\.md|readability\/banned-words\.mjs)$/;
const TEXT = /\.(?:ts|mjs|md|lua)$/;

/** Every use of a banned word in the tracked files, as `file:line: word (write … instead)`. */
export function bannedWordsIn(root) {
  const words = Object.entries(BANNED);
  const pattern = new RegExp(`(?<![\\w-])(${words.map(([word]) => word).join('|')})(?![\\w-])`, 'i');
  const files = execFileSync('git', ['ls-files', '--', ...CHECKED], { cwd: root, encoding: 'utf8' }).split('\n');
  return files
    .filter((file) => TEXT.test(file) && !NOT_CHECKED.test(file))
    .flatMap((file) => linesWith(pattern, words, file, readFileSync(join(root, file), 'utf8')));
}

function linesWith(pattern, words, file, text) {
  return text.split('\n').flatMap((line, i) => {
    const found = pattern.exec(line)?.[1];
    if (found === undefined) return [];
    const [, instead] = words.find(([word]) => new RegExp(`^(?:${word})$`, 'i').test(found)) ?? [];
    return [`${file}:${i + 1}: ${found} (write ${instead})`];
  });
}
