import type { EntryStore } from '../../../src/domain/entry-store.js';
import type { ModelServer } from '../model/model-server.js';
import type { Guarantee } from './recorder.js';
import type { SwitchedOff } from './simulation.js';

/** A mechanism of the cache, how to switch it off from outside, and what breaks without it. */
export interface Mechanism {
  readonly name: string;
  readonly breaks: Guarantee;
  readonly switchedOff: SwitchedOff;
}

/** A store that inherits all methods but some. */
function replacing(methods: (entries: EntryStore, server: ModelServer) => Partial<EntryStore>): SwitchedOff {
  return {
    entries: (entries, server) => Object.assign(Object.create(entries) as EntryStore, methods(entries, server)),
  };
}

/** Every mechanism that the guarantees depend on. */
export const MECHANISMS: readonly Mechanism[] = [
  {
    name: 'publish checks the token of the lease',
    breaks: 'G1',
    switchedOff: replacing((_, server) => ({
      publish: async (key, token, entry) => {
        server.leases.end(key, token);
        server.put(key, entry);
        return true;
      },
    })),
  },
  {
    name: 'remove voids the lease',
    breaks: 'G1',
    switchedOff: replacing((entries, server) => ({
      remove: async (keys) => {
        // The round trip remains.
        await entries.readMany(keys, { prefixes: ['cache:'] });
        const removed = keys.filter((key) => server.removeWithoutVoid(key)).length;
        return { removed, status: 'applied' };
      },
    })),
  },
  {
    name: 'write voids the lease',
    breaks: 'G1',
    switchedOff: replacing((entries, server) => ({
      write: async (key, entry) => {
        await entries.readValue(key);
        server.put(key, entry);
      },
    })),
  },
  {
    name: 'a flush raises the floor',
    breaks: 'G1',
    switchedOff: replacing((entries) => ({
      raiseFloor: async (scope) => ({ ...(await entries.versions(scope)), status: 'applied' }),
    })),
  },
  {
    name: 'reads return the newest floor',
    breaks: 'G1',
    switchedOff: replacing((entries) => ({
      read: async <T>(key: string, scope: Parameters<EntryStore['read']>[1]) => {
        const read = await entries.read<T>(key, scope);
        return { ...read, versions: { ...read.versions, floor: 0 } };
      },
    })),
  },
  {
    name: 'reads report that a flush is still removing keys',
    breaks: 'G1',
    switchedOff: replacing((entries) => ({
      read: async <T>(key: string, scope: Parameters<EntryStore['read']>[1]) => {
        const read = await entries.read<T>(key, scope);
        return { ...read, versions: { ...read.versions, isSweeping: false } };
      },
    })),
  },
  {
    name: 'tags have versions',
    breaks: 'G1',
    switchedOff: replacing(() => ({
      tagVersions: async (_, tags) => tags.map(() => ({ removed: 0, stale: 0 })),
    })),
  },
  {
    name: 'the holder of a lease is identified by its token',
    breaks: 'G1',
    switchedOff: replacing((entries) => {
      const own = new Map<string, string>();
      return {
        acquire: async (key, request) => {
          const reply = await entries.acquire<never>(key, request);
          if (reply.status === 'acquired') own.set(key, request.token);
          const holder = own.get(key);
          return reply.status === 'held' && holder !== undefined ? { ...reply, holder } : reply;
        },
      };
    }),
  },
  {
    name: 'acquire grants one lease at a time',
    breaks: 'G2',
    switchedOff: replacing((entries) => ({
      acquire: async (key, request) => {
        const { stored, unreadable, bytes, encoded, nowMs } = await entries.acquire<never>(key, request);
        return { stored, unreadable, bytes, encoded, nowMs, status: 'acquired' };
      },
    })),
  },
  {
    name: 'a running load renews its lease',
    breaks: 'G2',
    switchedOff: replacing(() => ({ renew: async () => true })),
  },
  {
    name: 'waiting callers are notified',
    breaks: 'G2',
    switchedOff: replacing(() => ({ watch: async () => () => undefined })),
  },
  {
    name: 'an entry becomes stale',
    breaks: 'G4',
    switchedOff: replacing((entries) => ({
      publish: (key, token, entry) => {
        const { freshUntil, ...meta } = entry.meta ?? {};
        return entries.publish(key, token, { ...entry, meta: freshUntil === undefined ? entry.meta : meta });
      },
    })),
  },
  {
    name: 'a load that stores nothing releases its lease',
    breaks: 'G5',
    switchedOff: replacing(() => ({ release: async () => undefined })),
  },
];

/** The mechanisms of the feed, for an engine with near copies. */
export const FEED_MECHANISMS: readonly Mechanism[] = [
  { name: 'a gap of the feed drops all copies', breaks: 'G3', switchedOff: { feed: { forgetsGaps: true } } },
  { name: 'a copy needs a confirmed feed', breaks: 'G3', switchedOff: { feed: { confirmsAlways: true } } },
];
