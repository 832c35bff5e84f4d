import { Logger, type DynamicModule } from '@nestjs/common';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { afterEach, beforeEach, vi } from 'vitest';

export interface BootedApps {
  boot(...imports: (DynamicModule | (new () => object))[]): Promise<TestingModule>;
  /** Boots an application some of whose providers the test has overridden. */
  bootWith(builder: TestingModuleBuilder): Promise<TestingModule>;
  /** Excludes the booted applications from the clean-up: the test closes them itself. */
  forget(): void;
}

/** Boots applications for the tests of a file, and closes them after each test. REDIS_URL is empty, and the logs are spies. */
export function bootedApps(): BootedApps {
  const apps: TestingModule[] = [];
  const failed = new Set<TestingModule>();
  beforeEach(() => {
    vi.stubEnv('REDIS_URL', '');
    vi.spyOn(Logger.prototype, 'log').mockImplementation(() => {});
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await close(app);
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const bootWith = async (builder: TestingModuleBuilder): Promise<TestingModule> => {
    const app = await builder.compile();
    apps.push(app);
    await app.init().catch((error: unknown) => {
      failed.add(app);
      throw error;
    });
    return app;
  };
  /** NestJS 11 rejects the close of an application that could not start, with the error of the start. */
  async function close(app: TestingModule): Promise<void> {
    await app.close().catch((error: unknown) => {
      if (!failed.has(app)) throw error;
    });
  }
  return {
    boot: (...imports) => bootWith(Test.createTestingModule({ imports })),
    bootWith,
    forget: () => void apps.splice(0),
  };
}
