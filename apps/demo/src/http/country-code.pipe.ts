import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** Turns a country code (ISO 3166-1 alpha-2) into upper case. Responds with 400 unless it has two letters. */
@Injectable()
export class CountryCodePipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (typeof value === 'string' && /^[a-z]{2}$/i.test(value)) return value.toUpperCase();
    throw new BadRequestException('code must be the two letters of a country, such as JP');
  }
}
