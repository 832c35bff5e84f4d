import { Module } from '@nestjs/common';
import { CitiesController } from './cities.controller.js';
import { CitiesService } from './cities.service.js';

/** Nearest cities, cities by country, search by name. */
@Module({ controllers: [CitiesController], providers: [CitiesService] })
export class CitiesModule {}
