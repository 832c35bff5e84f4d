import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { rolldown } from 'rolldown';
import { inRoot } from '../setup/paths.mjs';
import { reachableDeclarations } from './declarations.mjs';
import { ENTRIES, PROGRAMS } from './entries.mjs';

const PACKAGE = inRoot('libs', 'redis');
/** The output of tsc: one file for each source file. Not published. */
const MODULES = join(PACKAGE, 'build');
const DIST = join(PACKAGE, 'dist');
const FORMATS = ['esm', 'cjs'];
/** The files of each format. A program is not imported, so it is needed once. */
const INPUTS = { esm: [...ENTRIES, ...PROGRAMS], cjs: ENTRIES };
// The compiler's helpers, for example for decorators, are part of the bundle.
const EXTERNAL = /^(?!@oxc-project\/runtime)[@a-z]/;

/** In CommonJS, import() becomes require(). The bundlers of users accept a missing package only inside a try block. */
const optionalRequires = {
  name: 'optional-requires',
  renderChunk: (code) =>
    code.replaceAll(
      /\.then\(\(\) => (\/\* @__PURE__ \*\/ \w+\.__toESM\(require\("[^"]+"\), 1\))\)/g,
      '.then(() => { try { return $1; } catch (error) { throw error; } })',
    ),
};

/**
 * Bundles the package as ES modules and as CommonJS: one file for each entry, and files for what entries share, so that
 * a class exists once. Both get the declarations of tsc. The programs are part of the ES modules.
 */
export async function bundlePackage() {
  rmSync(DIST, { recursive: true, force: true });
  for (const format of FORMATS) await writeBundle(format);
  for (const program of PROGRAMS) chmodSync(join(DIST, 'esm', `${program}.js`), 0o755);
  writeFileSync(join(DIST, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
  copyDeclarations();
}

async function writeBundle(format) {
  const bundle = await rolldown({
    input: Object.fromEntries(INPUTS[format].map((entry) => [entry, join(PACKAGE, 'src', `${entry}.ts`)])),
    external: (id) => EXTERNAL.test(id) && !isAbsolute(id),
    platform: 'node',
    tsconfig: join(PACKAGE, 'tsconfig.lib.json'),
    transform: { target: 'es2023' },
  });
  await bundle.write({
    dir: join(DIST, format),
    format,
    chunkFileNames: 'shared-[hash].js',
    // The source map contains the sources, which are as large as the code: one of the two builds has it.
    sourcemap: format === 'esm',
    // The documentation is in the declarations.
    comments: { jsdoc: false },
    // Jest cannot run import() of CommonJS without a flag of Node.js.
    dynamicImportInCjs: false,
    plugins: format === 'cjs' ? [optionalRequires] : [],
  });
  await bundle.close();
}

function copyDeclarations() {
  for (const file of reachableDeclarations(MODULES, ENTRIES)) {
    for (const format of FORMATS) {
      const target = join(DIST, format, file);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(join(MODULES, file), target);
    }
  }
}
