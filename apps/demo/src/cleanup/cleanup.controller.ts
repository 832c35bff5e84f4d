import { Controller, Get, Inject } from '@nestjs/common';
import { CleanupService, type CleanupReport } from 'nestjs-redis-infra';

/** Reports what a cleanup would remove. */
@Controller('cleanup')
export class CleanupController {
  constructor(@Inject(CleanupService) private readonly cleanup: CleanupService) {}

  @Get()
  report(): Promise<CleanupReport> {
    return this.cleanup.run({ dryRun: true });
  }
}
