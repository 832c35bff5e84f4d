import type { AbstractHttpAdapter } from '@nestjs/core';

/** Express or Fastify; only the one that is used is loaded. */
export async function createHttpAdapter(fastify: boolean): Promise<AbstractHttpAdapter> {
  if (fastify) {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter();
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
}
