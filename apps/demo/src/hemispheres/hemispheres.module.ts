import { Module } from '@nestjs/common';
import { HemispheresController } from './hemispheres.controller.js';

/** Shows the `HttpCacheInterceptor`. */
@Module({ controllers: [HemispheresController] })
export class HemispheresModule {}
