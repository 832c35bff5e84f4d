import type { AbstractHttpAdapter } from '@nestjs/core';

/** Keys have at most 1 KiB, and percent-encoding takes three characters per byte. */
const MAX_PARAMETER_LENGTH = 3 * 1024;

/**
 * Creates the adapter for Express or Fastify, and loads only that one. Neither trusts a proxy: limits use the address of the peer, and
 * ignore X-Forwarded-For, which any client can send.
 */
export async function createHttpAdapter(fastify: boolean): Promise<AbstractHttpAdapter> {
  if (fastify) {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter({ routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH } });
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
}
