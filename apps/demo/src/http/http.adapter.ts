import type { AbstractHttpAdapter } from '@nestjs/core';

/** Keys are at most 1 KiB, and each of their bytes may take three characters of a path. */
const LONGEST_PARAMETER = 3 * 1024;

/**
 * Express or Fastify; only the one that is used is loaded. Neither is told to trust a proxy: limits go by the address that connects, and
 * an X-Forwarded-For, which any client can send, changes nothing.
 */
export async function createHttpAdapter(fastify: boolean): Promise<AbstractHttpAdapter> {
  if (fastify) {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter({ routerOptions: { maxParamLength: LONGEST_PARAMETER } });
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
}
