import { Module } from '@nestjs/common';
import { OutageController } from './outage.controller.js';

/** Provides the endpoints of an outage. */
@Module({ controllers: [OutageController] })
export class OutageModule {}
