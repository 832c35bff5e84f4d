import { Controller, Get, Logger, UseGuards, type ExecutionContext } from '@nestjs/common';
import { describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimitCost, RateLimitGuard } from '../../../src/index.js';
import { header, list, problemOf, servedPerTest, type Setting } from './reading.js';

const uploads = { name: 'uploads', limit: 10, window: '1h' } as const;
const megabytes = { name: 'megabytes', limit: 50, window: '1h' } as const;
const sizeOf = (context: ExecutionContext): number => Number(header('x-size')(context));

/** The costs of the policies of a handler. */
export function costsSuite(setting: Setting): void {
  const serve = servedPerTest(setting);

  describe('a policy of @RateLimit with its own cost', () => {
    @UseGuards(RateLimitGuard)
    @Controller('files')
    class Files {
      @RateLimit('uploads', { policy: 'megabytes', cost: sizeOf })
      @Get('upload')
      upload(): string {
        return '';
      }
      @RateLimit(['uploads', { policy: { ...megabytes, name: 'inline' }, cost: 20 }], {})
      @RateLimitCost(3)
      @Get('fixed')
      fixed(): string {
        return '';
      }
    }
    const options = { controllers: [Files], rateLimit: { policies: [uploads, megabytes] } };
    const left = (answer: Response): unknown => list(answer, 'RateLimit').map(([name, { r }]) => [name, r]);
    const size = (text: string): RequestInit => ({ headers: { 'x-size': text } });

    test('is charged the cost of the request, other policies one token, and a refusal charges none', async () => {
      const { ask } = await serve(options);
      expect(left(await ask('/files/upload', size('40')))).toEqual([
        ['uploads', 9],
        ['megabytes', 10],
      ]);
      const refused = await ask('/files/upload', size('11'));
      expect([refused.status, (await problemOf(refused))['violated-policies']]).toEqual([429, ['megabytes']]);
      expect(left(await ask('/files/upload', size('10')))).toEqual([
        ['uploads', 8],
        ['megabytes', 0],
      ]);
    });

    test('overrides @RateLimitCost, which applies to the other policies', async () => {
      const { ask } = await serve(options);
      expect(left(await ask('/files/fixed'))).toEqual([
        ['uploads', 7],
        ['inline', 30],
      ]);
    });

    test('responds with 500 when its function returns no whole number', async () => {
      const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
      const { statuses } = await serve(options);
      expect(await statuses(1, '/files/upload', size('many'))).toEqual([500]);
      expect(String(error.mock.calls[0]?.[0])).toContain("RateLimit 'megabytes'.cost: must be a whole number");
    });
  });
}
