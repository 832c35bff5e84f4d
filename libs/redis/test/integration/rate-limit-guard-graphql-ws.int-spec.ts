import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { UseGuards } from '@nestjs/common';
import { GraphQLModule, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { ExecutionResult } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { RateLimit, RateLimiter, RateLimitGuard, type RateLimitOptions } from '../../src/index.js';
import { login, QUOTA_EXCEEDED } from '../support/http-guard/reading.js';
import { appsPerTest } from '../support/rate-limited-app.js';

const policy = { limit: 2, window: '1h' } as const;

@UseGuards(RateLimitGuard)
@Resolver()
class Search {
  @RateLimit(policy)
  @Query(() => Int)
  search(): number {
    return 1;
  }

  @RateLimit('login')
  @Query(() => Int, { nullable: true })
  one(): number {
    return 1;
  }

  @RateLimit('login')
  @Query(() => Int, { nullable: true })
  two(): number {
    return 2;
  }

  @RateLimit(policy)
  @Mutation(() => Int)
  add(): number {
    return 2;
  }

  @RateLimit(policy)
  @Subscription(() => Int)
  async *ticks(): AsyncGenerator<{ ticks: number }> {
    yield { ticks: 3 };
    yield { ticks: 4 };
  }
}

type Result = Pick<ExecutionResult, 'data' | 'errors'>;

interface Setting {
  readonly context?: ApolloDriverConfig['context'];
  readonly user?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rateLimit?: RateLimitOptions;
}

describe('RateLimitGuard over graphql-ws', () => {
  const start = appsPerTest();
  const clients: Client[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
    vi.restoreAllMocks();
  });

  async function serve({ context, user, headers = {}, rateLimit }: Setting = {}): Promise<{
    readonly ask: (query: string) => Promise<Result[]>;
    readonly subjects: () => unknown[];
  }> {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      playground: false,
      subscriptions: {
        'graphql-ws': {
          onConnect: ({ extra }) => void (user === undefined || Object.assign(extra as object, { user })),
        },
      },
      ...(context === undefined ? {} : { context }),
    });
    const { app, url } = await start({
      platform: 'express',
      rateLimit: { policies: [login], ...rateLimit },
      imports: [graphql],
      providers: [Search],
    });
    const consume = vi.spyOn(app.get(RateLimiter), 'consume');
    class Socket extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers });
      }
    }
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: Socket,
      retryAttempts: 0,
    });
    clients.push(client);
    return {
      async ask(query) {
        const results: Result[] = [];
        try {
          for await (const result of client.iterate({ query })) results.push(result as Result);
        } catch (errors) {
          results.push({ errors: errors as [] });
        }
        return results;
      },
      subjects: () => consume.mock.calls.map(([, subject]) => subject),
    };
  }

  const OPERATIONS: readonly (readonly [query: string, field: string, results: unknown[]])[] = [
    ['{ search }', 'Query.search', [{ data: { search: 1 } }]],
    ['mutation { add }', 'Mutation.add', [{ data: { add: 2 } }]],
    ['subscription { ticks }', 'Subscription.ticks', [{ data: { ticks: 3 } }, { data: { ticks: 4 } }]],
  ];

  test.each(OPERATIONS)(
    'counts %s by the address of the client, and refuses with the problem',
    async (query, field, results) => {
      const { ask, subjects } = await serve();
      for (let i = 0; i < policy.limit; i++) expect(await ask(query)).toEqual(results);
      const [refused] = await ask(query);
      expect(refused?.errors?.[0]).toMatchObject({
        message: expect.stringContaining(`'${field}' is used up`),
        extensions: { code: 'RATE_LIMITED', type: QUOTA_EXCEEDED, 'violated-policies': [field] },
      });
      expect(new Set(subjects())).toEqual(new Set(['ip:127.0.0.1']));
    },
  );

  test('counts a policy that fields share once per operation of a connection', async () => {
    const { ask } = await serve();
    for (let i = 0; i < login.limit; i++) expect(await ask('{ one two }')).toEqual([{ data: { one: 1, two: 2 } }]);
    expect((await ask('{ one two }'))[0]?.errors).toHaveLength(2);
  });

  test('finds the request in the result of the context function of the application', async () => {
    const contexts: NonNullable<ApolloDriverConfig['context']>[] = [
      (connection: { extra: object }) => ({ extra: connection.extra }),
      (connection: { extra: { request: object } }) => ({ req: connection.extra.request }),
      (connection: object) => connection,
      ({ req, res }: { req?: object; res?: object }) => ({ req, res }),
      { some: 'value' },
    ];
    for (const context of contexts) {
      const { ask, subjects } = await serve({ context });
      expect(await ask('{ search }')).toEqual([{ data: { search: 1 } }]);
      expect(subjects()).toEqual(['ip:127.0.0.1']);
    }
  });

  test('counts by the user of the connection, and by the API key in its headers', async () => {
    const byUser = await serve({ user: { id: 7 }, rateLimit: { key: 'user' } });
    expect(await byUser.ask('{ search }')).toEqual([{ data: { search: 1 } }]);
    expect(byUser.subjects()).toEqual(['user:7']);
    const byKey = await serve({ headers: { 'x-api-key': 'secret' }, rateLimit: { key: 'api-key' } });
    expect(await byKey.ask('{ search }')).toEqual([{ data: { search: 1 } }]);
    expect(byKey.subjects()).toEqual([expect.stringMatching(/^api-key:/)]);
  });
});
