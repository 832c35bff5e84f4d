import type { StoreLink } from '../../../src/domain/cache-store.js';
import type { EntryStore } from '../../../src/domain/entry-store.js';
import type { OutageProperty } from './outage-recorder.js';
import type { OutageSwitches } from './outage-simulation.js';

/** A mechanism of the fallback, how to switch it off from outside, and what breaks without it. */
export interface OutageMechanism {
  readonly name: string;
  readonly breaks: OutageProperty;
  readonly switches: OutageSwitches;
}

/** How much later a loss is reported when replies of a new connection are used at once. */
const LATE_REPORT_MS = 300;
/** A replica that becomes the master has run for longer than a server that has restarted. */
const LONG_UPTIME_MS = 3_600_000;

/** Every mechanism that can be switched off by replacing what the fallback uses. */
export const OUTAGE_MECHANISMS: readonly OutageMechanism[] = [
  { name: 'the journal is replayed', breaks: 'F1', switches: { around: withoutReplay } },
  { name: 'former connections are fenced', breaks: 'F1', switches: { withoutFence: true } },
  {
    name: 'a journaled key reads as absent until the replay',
    breaks: 'F2',
    switches: {
      around: (entries, link) => ({
        above: (fallback) =>
          replacing(fallback, {
            read: (key, scope) => (link.state === 'up' ? entries.read(key, scope) : fallback.read(key, scope)),
          }),
      }),
    },
  },
  {
    name: 'a load that began without the primary store is not stored there',
    breaks: 'F1',
    switches: {
      around: (entries) => ({
        above: (fallback) =>
          replacing(fallback, {
            publish: async (key, token, entry) => {
              const isPublished = await fallback.publish(key, token, entry);
              if (!isPublished) await entries.write(key, entry).catch(() => undefined);
              return isPublished;
            },
          }),
      }),
    },
  },
  {
    name: 'a restart of the server raises the floor',
    breaks: 'F1',
    switches: {
      around: (entries) => ({ entries: replacing(entries, { raiseFloorOnce: async () => undefined }) }),
    },
  },
  {
    name: 'a promotion repeats the recent changes',
    breaks: 'F1',
    switches: { around: (_, link) => ({ link: withoutPromotions(link) }) },
  },
  { name: 'the journal is in a file', breaks: 'F1', switches: { withoutStorage: true } },
  {
    name: 'after a loss no reply is used until the server is known',
    breaks: 'F2',
    switches: {
      around: (_, link, process) => ({
        link: replacing(link, {
          onLoss: (handler) =>
            link.onLoss(() => {
              process.scheduler.after(LATE_REPORT_MS, handler, { process, isBackground: true });
            }),
        }),
      }),
    },
  },
];

/** Changes that no caller waits for are acknowledged and not executed. */
function withoutReplay(entries: EntryStore): ReturnType<NonNullable<OutageSwitches['around']>> {
  let isCalled = false;
  const called = <T>(work: () => Promise<T>): Promise<T> => {
    isCalled = true;
    try {
      return work();
    } finally {
      isCalled = false;
    }
  };
  return {
    entries: replacing(entries, {
      remove: async (keys) => (isCalled ? entries.remove(keys) : { removed: 0, status: 'applied' }),
      raiseFloor: async (scope, seen) =>
        isCalled ? entries.raiseFloor(scope, seen) : { ...(await entries.versions(scope)), status: 'applied' },
      invalidateTags: async (scope, tags, options) =>
        isCalled
          ? entries.invalidateTags(scope, tags, options)
          : { ...(await entries.versions(scope)), status: 'applied' },
    }),
    above: (fallback) =>
      replacing(fallback, {
        remove: (keys) => called(() => fallback.remove(keys)),
        raiseFloor: (scope, seen) => called(() => fallback.raiseFloor(scope, seen)),
        invalidateTags: (scope, tags, options) => called(() => fallback.invalidateTags(scope, tags, options)),
      }),
  };
}

/** The link of a server that seems to be the first one, also after a promotion. */
function withoutPromotions(link: StoreLink): StoreLink {
  return replacing(link, {
    identities: async () => {
      const identities = await link.identities();
      return identities.map((one) => (one.uptimeMs > LONG_UPTIME_MS ? { ...one, runId: 'run-0' } : one));
    },
  });
}

/** An object that inherits all methods but some. The object may be frozen. */
function replacing<T extends object>(object: T, methods: Partial<T>): T {
  return Object.create(object, Object.getOwnPropertyDescriptors(methods)) as T;
}
