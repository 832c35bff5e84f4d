import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { RedisHealthModule } from 'nestjs-redis-infra/terminus';
import { HealthController } from './health.controller.js';

/** Terminus would log each failed check; the indicator logs each change. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false }), RedisHealthModule.forRoot()],
  controllers: [HealthController],
})
export class HealthModule {}
