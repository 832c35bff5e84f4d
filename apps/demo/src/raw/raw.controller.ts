import { Controller, Get, Inject, NotFoundException, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { PlainTextInterceptor } from '../http/plain-text.interceptor.js';
import { RedisErrorFilter } from '../http/redis-error.filter.js';
import { RawValuesService } from './raw-values.service.js';
import { pageText, valueText } from './raw.text.js';

const PAGE_VALUES = 50;

/** Shows stored values as text for a terminal. */
@Controller('demo/raw')
@UseInterceptors(PlainTextInterceptor)
@UseFilters(RedisErrorFilter)
export class RawController {
  constructor(@Inject(RawValuesService) private readonly raw: RawValuesService) {}

  @Get()
  async page(): Promise<string> {
    return pageText(await this.raw.page(PAGE_VALUES));
  }

  @Get(':key')
  async value(@Param('key') key: string): Promise<string> {
    const value = await this.raw.find(key);
    if (value === undefined)
      throw new NotFoundException('Nothing is stored under this key; /demo/raw lists the stored keys');
    return valueText(value);
  }
}
