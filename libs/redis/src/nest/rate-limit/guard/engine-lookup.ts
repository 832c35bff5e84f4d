import type { ModuleRef } from '@nestjs/core';
import { getRateLimitEngineToken } from '../../tokens/redis.tokens.js';
import type { RateLimitEngine } from './rate-limit.engine.js';

/** Finds the engine of the instance `name`, also in modules that are neither global nor imported. Undefined: there is no such instance. */
export function findEngine(moduleRef: ModuleRef, name: string | undefined): RateLimitEngine | undefined {
  try {
    return moduleRef.get<RateLimitEngine>(getRateLimitEngineToken(name), { strict: false });
  } catch {
    return undefined;
  }
}
