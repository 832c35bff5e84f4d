import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { RedisHealthIndicator } from 'nestjs-redis-infra/terminus';

/** What Kubernetes and operators ask. Without Redis the demo is `degraded`, with status 200: it responds, only slower. */
@Controller('health')
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(RedisHealthIndicator) private readonly redis: RedisHealthIndicator,
  ) {}

  /** For the liveness probe: does not look at Redis, because a restart of the demo does not repair it. */
  @Get('live')
  @HealthCheck()
  live() {
    return this.health.check([() => this.redis.live('redis')]);
  }

  /** For the readiness probe. */
  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([() => this.redis.ready('redis')]);
  }

  /** For operators. */
  @Get()
  @HealthCheck()
  details() {
    return this.health.check([() => this.redis.details('redis')]);
  }
}
