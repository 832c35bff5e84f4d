import { Controller, Get, Inject, Logger, type DynamicModule, type INestApplication } from '@nestjs/common';
import { HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { RedisModule, type RedisModuleOptions } from 'nestjs-redis-infra';
import { RedisHealthIndicator, RedisHealthModule, type RedisHealthModuleOptions } from 'nestjs-redis-infra/terminus';
import { vi } from 'vitest';
import type { Started } from './started.js';

/** A response of a health endpoint. */
export interface HealthResponse {
  readonly code: number;
  readonly body: HealthCheckResult;
  /** What the indicator reports. */
  readonly redis: Readonly<Record<string, unknown>> & { readonly status: string };
}

/** A NestJS application on Express with the health endpoints of the guide. */
export interface HealthApp {
  readonly app: INestApplication;
  get(path: 'live' | 'ready' | 'details'): Promise<HealthResponse>;
}

/** A busy machine must not make a healthy server slow. */
const NEVER_SLOW = { slowPing: '400ms' } as const;

/** Starts an application that is closed after the test. Log lines are spies. */
export async function healthApp(
  started: Started,
  redis: RedisModuleOptions,
  health: RedisHealthModuleOptions = {},
): Promise<HealthApp> {
  return bootHealthApp(started, [RedisModule.forRoot(redis)], RedisHealthModule.forRoot({ ...NEVER_SLOW, ...health }));
}

/** Starts an application with these modules. */
export async function bootHealthApp(
  started: Started,
  redis: readonly DynamicModule[],
  health: DynamicModule,
): Promise<HealthApp> {
  @Controller('health')
  class HealthController {
    constructor(
      @Inject(HealthCheckService) private readonly checks: HealthCheckService,
      @Inject(RedisHealthIndicator) private readonly indicator: RedisHealthIndicator,
    ) {}

    @Get('live')
    live(): unknown {
      return this.checks.check([() => this.indicator.live('redis')]);
    }

    @Get('ready')
    ready(): unknown {
      return this.checks.check([() => this.indicator.ready('redis')]);
    }

    @Get('details')
    details(): unknown {
      return this.checks.check([() => this.indicator.details('redis')]);
    }
  }
  for (const level of ['log', 'warn', 'error'] as const)
    if (!vi.isMockFunction(Logger.prototype[level])) vi.spyOn(Logger.prototype, level).mockImplementation(() => {});
  const module = await Test.createTestingModule({
    imports: [...redis, TerminusModule.forRoot({ logger: false }), health],
    controllers: [HealthController],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  started.undo(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    async get(path) {
      const response = await fetch(`${url}/health/${path}`);
      const body = (await response.json()) as HealthCheckResult;
      return { code: response.status, body, redis: body.details?.redis as HealthResponse['redis'] };
    },
  };
}
