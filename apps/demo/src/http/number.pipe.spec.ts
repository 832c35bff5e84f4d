import { BadRequestException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { NumberPipe } from './number.pipe.js';

const at = { type: 'query', data: 'lat' } as const;

describe('NumberPipe', () => {
  const latitude = new NumberPipe({ min: -90, max: 90 });

  it.each([
    ['48.86', 48.86],
    ['-90', -90],
    ['0', 0],
  ])('accepts %s', (text, number) => {
    expect(latitude.transform(text, at)).toBe(number);
  });

  it.each([undefined, '', ' ', 'north', '90.01', 'NaN', 'Infinity', '1e1', '0x10', '1,5', ['1', '2'], { a: '1' }])(
    'rejects %j, with the name and the range of the parameter',
    (value) => {
      expect(() => latitude.transform(value, at)).toThrow(
        new BadRequestException('lat must be a number from -90 to 90'),
      );
    },
  );

  it('returns the default only for a missing parameter', () => {
    const limit = new NumberPipe({ min: 1, max: 100, whole: true, default: 10 });
    expect(limit.transform(undefined, at)).toBe(10);
    expect(() => limit.transform('', at)).toThrow(BadRequestException);
    expect(() => limit.transform('1.5', at)).toThrow('lat must be a whole number from 1 to 100');
  });
});
