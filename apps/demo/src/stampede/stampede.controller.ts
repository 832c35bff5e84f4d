import { randomUUID } from 'node:crypto';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { NumberPipe } from '../http/number.pipe.js';
import { SearchTextPipe } from '../http/search-text.pipe.js';
import { type StampedeReport, StampedeService } from './stampede.service.js';

const CALLERS = new NumberPipe({ min: 1, max: 1000, whole: true, default: 200 });

/** Shows that concurrent callers of one key cost one query, also in several processes on one Redis. */
@Controller('cities/stampede')
export class StampedeController {
  constructor(@Inject(StampedeService) private readonly stampede: StampedeService) {}

  /** `round` names the key. Without it the key is new and absent. */
  @Get()
  run(@Query('callers', CALLERS) callers: number, @Query('round') round: string | undefined): Promise<StampedeReport> {
    return this.stampede.run(roundOf(round), callers);
  }
}

function roundOf(round: string | undefined): string {
  return round === undefined ? randomUUID() : new SearchTextPipe().transform(round, { type: 'query', data: 'round' });
}
