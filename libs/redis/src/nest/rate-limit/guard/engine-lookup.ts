import type { ModuleRef } from '@nestjs/core';
import { getRateLimitEngineToken } from '../../tokens/redis.tokens.js';
import type { RateLimitEngine } from './rate-limit.engine.js';

/** The engine of the instance of that name, wherever it is registered: it need be neither global nor imported. Undefined: there is none. */
export function findEngine(moduleRef: ModuleRef, name: string | undefined): RateLimitEngine | undefined {
  try {
    return moduleRef.get<RateLimitEngine>(getRateLimitEngineToken(name), { strict: false });
  } catch {
    return undefined;
  }
}
