import { FaultProxy, RedisServer, type ProxyTarget, type RedisServerOptions } from 'nestjs-redis-infra/testing';
import { afterEach, expect } from 'vitest';
import { eventually } from './eventually.js';
import {
  RedisAdapter,
  type AdapterEvents,
  type AdapterOptions,
  type RedisConnection,
  type RedisInfraError,
} from '../../src/index.js';

/** For tests that are not about deadlines: a busy machine must not exceed it. */
export const LONG_DEADLINE: AdapterOptions = { resilience: { deadline: '10s' } };

type Undo = () => unknown;

/** Starts servers, proxies and adapters for a test, and ends them after it, in reverse order. */
export interface Started {
  undo(undo: Undo): void;
  server(options?: RedisServerOptions): Promise<RedisServer>;
  proxy(target: ProxyTarget): Promise<FaultProxy>;
  adapter(connection: RedisConnection, options?: AdapterOptions): RedisAdapter;
}

export function resourcesPerTest(): Started {
  const stack: Undo[] = [];
  afterEach(async () => {
    for (const undo of stack.splice(0).reverse()) await undo();
  });
  const undoing = <T>(resource: T, undo: Undo): T => {
    stack.push(undo);
    return resource;
  };
  return {
    undo: (undo) => void stack.push(undo),
    async server(options) {
      const server = await RedisServer.start(options);
      return undoing(server, () => server.stop());
    },
    async proxy(target) {
      const proxy = await FaultProxy.start(target);
      return undoing(proxy, () => proxy.stop());
    },
    adapter(connection, options) {
      const adapter = new RedisAdapter(connection, options);
      return undoing(adapter, () => adapter.disconnect());
    },
  };
}

export async function failure(call: Promise<unknown>): Promise<RedisInfraError> {
  return call.then(
    () => expect.fail('the call resolved'),
    (error: unknown) => error as RedisInfraError,
  );
}

/** Resolves with `ok`, or with the code of the error. */
export function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: RedisInfraError) => error.code,
  );
}

/** Waits until reads and writes succeed. */
export function inService(adapter: RedisAdapter): Promise<void> {
  return eventually(async () => {
    const codes = [await codeOf(adapter.set('service', 1)), await codeOf(adapter.get('service'))];
    return codes.every((code) => code === 'ok');
  });
}

/** The events of circuits and probes, in order: `+read` for opened, `-read` for closed, `?true` for a successful probe. */
export function circuitEvents(adapter: RedisAdapter): string[] {
  const events: string[] = [];
  adapter.on('circuit-open', ({ circuit }: AdapterEvents['circuit-open']) => events.push(`+${circuit}`));
  adapter.on('circuit-close', ({ circuit }: AdapterEvents['circuit-close']) => events.push(`-${circuit}`));
  adapter.on('probe', ({ ok }: AdapterEvents['probe']) => events.push(`?${ok}`));
  return events;
}
