import type { ModuleRef } from '@nestjs/core';
import { getRateLimitGateToken } from '../redis.tokens.js';
import type { RateLimitGate } from './rate-limit.gate.js';

/** The gate of the instance of that name, wherever it is registered: it need be neither global nor imported. Undefined: there is none. */
export function gateNamed(moduleRef: ModuleRef, name: string | undefined): RateLimitGate | undefined {
  try {
    return moduleRef.get<RateLimitGate>(getRateLimitGateToken(name), { strict: false });
  } catch {
    return undefined;
  }
}
