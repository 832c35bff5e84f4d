import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Nest as resolved from `module` (a URL): the package uses that of the workspace, the peers that of bench/. Injection
 * is by class, so an application must not mix the two. Imports are sequential, because a CommonJS package needs a
 * loaded Nest.
 */
export async function nestSeenFrom(module) {
  const require = createRequire(module);
  const load = (name) => import(pathToFileURL(require.resolve(name)).href);
  await load('reflect-metadata');
  const common = await load('@nestjs/common');
  const core = await load('@nestjs/core');
  const { FastifyAdapter } = await load('@nestjs/platform-fastify');
  return { ...common, ...core, FastifyAdapter };
}
