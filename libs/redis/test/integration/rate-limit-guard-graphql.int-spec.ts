import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Inject, Logger, UseFilters, UseGuards } from '@nestjs/common';
import { Args, GraphQLModule, Int, Query, Resolver } from '@nestjs/graphql';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RateLimit, RateLimiter, RateLimitExceptionFilter, RateLimitGuard, RateLimitKey } from '../../src/index.js';
import { deferred } from '../support/cache.js';
import { eventually } from '../support/eventually.js';
import { list, login, QUOTA_EXCEEDED } from '../support/http-guard/reading.js';
import { appsPerTest, type RateLimitedApp } from '../support/rate-limited-app.js';

interface GraphQlError {
  readonly message: string;
  readonly path: readonly string[];
  readonly extensions: Record<string, unknown>;
}

interface Answer {
  readonly response: Response;
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly GraphQlError[];
}

let begun = 0;
let waiting = deferred<number>();

@UseGuards(RateLimitGuard)
@Resolver()
class Search {
  constructor(@Inject(RateLimiter) private readonly limiter: RateLimiter) {}

  @UseGuards(RateLimitGuard)
  @RateLimit({ limit: 3, window: '1h' })
  @Query(() => Int, { nullable: true })
  search(): number {
    return 1;
  }

  @RateLimit({ limit: 3, window: '1h' })
  @Query(() => Int, { nullable: true })
  other(): number {
    return 2;
  }

  @RateLimit('login')
  @Query(() => Int, { nullable: true })
  one(): number {
    return 3;
  }

  @RateLimit('login')
  @Query(() => Int, { nullable: true })
  two(): number {
    return 4;
  }

  @RateLimit({ name: 'by argument', limit: 1, window: '1h' })
  @RateLimitKey((context) => context.getArgByIndex<{ who: string }>(1).who)
  @Query(() => Int, { nullable: true })
  who(@Args('who') who: string): number {
    return who.length;
  }

  @RateLimit({ name: 'work', limit: 1, window: '1m', algorithm: 'concurrency' })
  @Query(() => Int, { nullable: true })
  work(): number {
    return 5;
  }

  @RateLimit({ name: 'waiting', limit: 1, window: '1m', algorithm: 'concurrency' })
  @Query(() => Int, { nullable: true })
  wait(): Promise<number> {
    begun++;
    return waiting.promise;
  }

  @UseFilters(RateLimitExceptionFilter)
  @Query(() => Int, { nullable: true })
  async checked(): Promise<number> {
    return (await this.limiter.check('login', 'me')).remaining;
  }
}

describe('RateLimitGuard in GraphQL', () => {
  const start = appsPerTest();

  afterEach(() => {
    vi.restoreAllMocks();
  });

  type PostQuery = (query: string, signal?: AbortSignal) => Promise<Answer>;

  async function serve(createContext?: (context: { req: unknown }) => object): Promise<PostQuery> {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({
      driver: ApolloDriver,
      autoSchemaFile: true,
      playground: false,
      ...(createContext === undefined ? {} : { context: createContext }),
    });
    const rateLimit = { policies: [login] };
    const served = await start({ platform: 'express', rateLimit, imports: [graphql], providers: [Search] });
    return (query, signal) => postQuery(served, query, signal);
  }

  async function postQuery({ ask }: RateLimitedApp, query: string, signal?: AbortSignal): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    const init = {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
      ...(signal === undefined ? {} : { signal }),
    };
    const response = await ask('/graphql', init);
    const { data, errors = [] } = (await response.json()) as Pick<Answer, 'data'> & Partial<Answer>;
    return { response, data, errors };
  }

  test('counts a field under its name, once for all its guards', async () => {
    const query = await serve();
    const { response, data } = await query('{ search }');
    expect(data).toEqual({ search: 1 });
    expect(list(response, 'RateLimit')).toMatchObject([['Query.search', { r: 2 }]]);
  });

  test('counts each field by its own policy, and the headers report all of them', async () => {
    const query = await serve();
    const { response } = await query('{ search other }');
    const state = list(response, 'RateLimit');
    expect(Object.fromEntries(state)).toMatchObject({ 'Query.search': { r: 2 }, 'Query.other': { r: 2 } });
    expect(state).toHaveLength(2);
  });

  test('counts a policy that fields share once per operation', async () => {
    const query = await serve();
    expect(list((await query('{ one two }')).response, 'RateLimit')).toMatchObject([['login', { r: 1 }]]);
    expect(list((await query('{ two }')).response, 'RateLimit')).toMatchObject([['login', { r: 0 }]]);
    const refused = await query('{ one two }');
    expect(refused.errors.flatMap(({ path }) => path).sort()).toEqual(['one', 'two']);
  });

  test('counts each alias of a field', async () => {
    const query = await serve();
    const { errors } = await query('{ a: search b: search c: search d: search e: search }');
    expect(errors).toHaveLength(2);
    expect((await query('{ f: one g: one h: two }')).errors).toHaveLength(0);
    expect((await query('{ one }')).errors).toHaveLength(1);
  });

  test('counts each subject of @RateLimitKey separately', async () => {
    const query = await serve();
    const { errors } = await query('{ a: who(who: "ann") b: who(who: "bob") c: who(who: "ann") }');
    expect(errors.map(({ path }) => path)).toEqual([['c']]);
  });

  test('refuses with the problem as the extensions of the error', async () => {
    const query = await serve();
    await query('{ a: search b: search c: search }');
    const { response, errors } = await query('{ search }');
    expect(response.status).toBe(200);
    expect(errors[0]?.message).toContain("'Query.search' is used up");
    expect(errors[0]?.extensions).toMatchObject({
      code: 'RATE_LIMITED',
      type: QUOTA_EXCEEDED,
      status: 429,
      'violated-policies': ['Query.search'],
      'retry-after': expect.any(Number),
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
  });

  test('writes headers to the response of the context, and works without one', async () => {
    const withResponse = await serve(({ req }) => ({ req, res: (req as { res: object }).res }));
    expect(list((await withResponse('{ search }')).response, 'RateLimit')).toHaveLength(1);
    const without = await serve(() => ({ req: { ip: '1.2.3.4' } }));
    const { response, data } = await without('{ search }');
    expect([data, response.headers.has('ratelimit')]).toEqual([{ search: 1 }, false]);
  });

  test('holds a permit of a concurrency policy until the response, and rejects without a response', async () => {
    vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const query = await serve();
    for (let i = 0; i < 3; i++) await vi.waitFor(async () => expect((await query('{ work }')).errors).toEqual([]));
    expect((await query('{ a: work b: work }')).errors).toHaveLength(1);
    const without = await serve(() => ({ req: { ip: '1.2.3.4' } }));
    expect(JSON.stringify((await without('{ work }')).errors)).toContain('put `res` into the context');
  });

  test('holds a permit until the resolver has settled, even if the client disconnected', async () => {
    const query = await serve();
    waiting = deferred<number>();
    const leaving = new AbortController();
    const answer = query('{ wait }', leaving.signal);
    await eventually(() => begun === 1);
    leaving.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    for (let i = 0; i < 20; i++) expect((await query('{ wait }')).errors).toHaveLength(1);
    expect(begun).toBe(1);
    waiting.give(1);
    await eventually(async () => (await query('{ wait }')).errors.length === 0);
  });

  test('fails the start with the name of the resolver for a mistake in a decorator', async () => {
    @UseGuards(RateLimitGuard)
    @Resolver()
    class Wrong {
      @RateLimit({ name: 'login', limit: 9, window: '1h' })
      @Query(() => Int)
      wrong(): number {
        return 1;
      }
    }
    const wrong = start({ platform: 'express', rateLimit: { policies: [login] }, providers: [Wrong] });
    await expect(wrong).rejects.toThrow(/'login' is already a policy in rateLimit.policies.*\(Wrong\.wrong\)/);
  });

  test('with the filter responds to a refusal of check() like the guard', async () => {
    const query = await serve();
    expect((await query('{ a: checked b: checked }')).data).toEqual({ a: expect.any(Number), b: expect.any(Number) });
    const { errors } = await query('{ checked }');
    expect(errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', 'violated-policies': ['login'] });
  });
});
