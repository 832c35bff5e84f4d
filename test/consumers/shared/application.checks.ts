import { RedisServer } from 'nestjs-redis-infra/testing';

/** One test of the package in an application: `run` has to resolve with `expected`. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly expected: unknown;
}

/** What the application does, for the test runner of each consumer. */
export function applicationChecks({ runApplication, expectedReport }: typeof import('./app.js')): readonly Check[] {
  return [
    {
      name: 'the application caches and limits in memory',
      run: () => runApplication('memory://'),
      expected: expectedReport('memory'),
    },
    {
      name: 'the application caches and limits in Redis',
      async run() {
        const server = await RedisServer.start();
        try {
          return await runApplication(server.url);
        } finally {
          await server.stop();
        }
      },
      expected: expectedReport('standalone'),
    },
  ];
}
