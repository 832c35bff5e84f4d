import { Controller, Get, Inject } from '@nestjs/common';
import { RedisAdapter } from 'nestjs-redis-infra';

/** How the application is: it answers without Redis too, only slower, so that is no reason to restart it. */
@Controller('health')
export class HealthController {
  constructor(@Inject(RedisAdapter) private readonly redis: RedisAdapter) {}

  @Get()
  health() {
    const redis = this.redis.status();
    return { status: redis.state === 'up' && redis.circuits.write === 'closed' ? 'ok' : 'degraded', redis };
  }
}
