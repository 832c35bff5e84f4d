import { Module } from '@nestjs/common';
import { StampedeController } from './stampede.controller.js';
import { StampedeService } from './stampede.service.js';

/** Shows that concurrent callers share one load. */
@Module({ controllers: [StampedeController], providers: [StampedeService] })
export class StampedeModule {}
