import { type ArgumentMetadata, BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

/** The valid range of a number in a query. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. @default false */
  readonly whole?: boolean;
  /** The value of a missing parameter. @default none: the parameter is required */
  readonly default?: number;
}

const DECIMAL = /^-?\d{1,9}(\.\d{1,15})?$/;

/** Parses a number from the query. Responds with 400 and the valid range otherwise. */
@Injectable()
export class NumberPipe implements PipeTransform<unknown, number> {
  constructor(private readonly range: NumberRange) {}

  transform(value: unknown, { data: name = 'value' }: ArgumentMetadata): number {
    const { min, max, whole = false, default: fallback } = this.range;
    if (value === undefined && fallback !== undefined) return fallback;
    const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max && (!whole || Number.isInteger(number))) return number;
    throw new BadRequestException(`${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
  }
}
