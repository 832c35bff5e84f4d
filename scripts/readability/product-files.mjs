import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

const IS_PRODUCT = /(?<!\.spec|\.lua)\.ts$/;

/**
 * The TypeScript files of the package with their text, without specs and generated files. `name` is relative to
 * `sources`.
 */
export function productFiles(sources) {
  const names = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => IS_PRODUCT.test(name));
  return names.map((name) => ({ name: name.replaceAll(sep, '/'), text: readFileSync(join(sources, name), 'utf8') }));
}
