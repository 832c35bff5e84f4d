import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Nest as `module` (a URL) finds it: the package has the workspace's, the peers that of bench/. Injection goes by class, so one
 * application may not mix the two. In turn, because a CommonJS package beside it needs Nest to be there.
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
