import { Module } from '@nestjs/common';
import { ExtremesController } from './extremes.controller.js';
import { ExtremesService } from './extremes.service.js';

/** Shows the decorators `@Cacheable` and `@CacheEvict`, with tags. */
@Module({ controllers: [ExtremesController], providers: [ExtremesService] })
export class ExtremesModule {}
