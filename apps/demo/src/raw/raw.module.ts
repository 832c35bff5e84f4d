import { Module } from '@nestjs/common';
import { RawValuesService } from './raw-values.service.js';
import { RawController } from './raw.controller.js';

/** The stored values, byte by byte. */
@Module({ controllers: [RawController], providers: [RawValuesService] })
export class RawModule {}
