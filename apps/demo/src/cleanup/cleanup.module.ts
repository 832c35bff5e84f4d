import { Module } from '@nestjs/common';
import { CleanupController } from './cleanup.controller.js';

/** What Redis keeps without need. */
@Module({ controllers: [CleanupController] })
export class CleanupModule {}
