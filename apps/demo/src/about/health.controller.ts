import { Controller, Get, Inject } from '@nestjs/common';
import { RedisAdapter } from 'nestjs-redis-infra';

/** Reports `degraded` without Redis, with status 200: the application still responds, only slower, so a restart would not help. */
@Controller('health')
export class HealthController {
  constructor(@Inject(RedisAdapter) private readonly redis: RedisAdapter) {}

  @Get()
  health() {
    const redis = this.redis.status();
    return { status: redis.state === 'up' && redis.circuits.write === 'closed' ? 'ok' : 'degraded', redis };
  }
}
