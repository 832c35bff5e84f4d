import { Controller, Get, Inject } from '@nestjs/common';
import { DemoStore } from '../store/demo.store.js';

/** Reports `degraded` without Redis, with status 200: the application still responds, only slower, so a restart would not help. */
@Controller('health')
export class HealthController {
  constructor(@Inject(DemoStore) private readonly demo: DemoStore) {}

  @Get()
  health() {
    return { status: this.demo.isHealthy() ? 'ok' : 'degraded', redis: this.demo.status() };
  }
}
