import { ReferenceEntries } from './reference-entries.js';
import type { FallbackEngine } from './fallback-engine.js';
import { ALL_MECHANISMS, NO_MECHANISMS, type FallbackMechanisms } from './fallback-mechanisms.js';
import { ReferenceJournal } from './reference-journal.js';
import { ReferenceRecovery } from './reference-recovery.js';

/** The smallest fallback that keeps the properties, or one without some mechanisms. */
export function referenceFallback(name: string, changes: Partial<FallbackMechanisms> = {}): FallbackEngine {
  const mechanisms = { ...ALL_MECHANISMS, ...changes };
  return {
    name,
    create({ primary, environment, storage, maxStaleMs }) {
      const journal = new ReferenceJournal(mechanisms.durableJournal ? storage : undefined, mechanisms.exactSettlement);
      const recovery = new ReferenceRecovery({ primary, environment, journal, mechanisms });
      const entries = new ReferenceEntries({ primary, environment, journal, recovery, mechanisms, maxStaleMs });
      const store = Object.assign(Object.create(primary) as typeof primary, {
        can: { entries },
        connect: async () => {
          await journal.open();
          recovery.open();
          await primary.connect();
        },
        disconnect: async () => {
          recovery.close();
          await primary.disconnect();
        },
      });
      return { store, isRecovered: () => recovery.isUp && journal.all.length === 0 };
    },
  };
}

/** All mechanisms. The checker must find nothing wrong with it. */
export const completeFallback = referenceFallback('a reference fallback');

/** Copies are served, and changes are dropped. The checker must find it stale for ever in most histories. */
export const naiveFallback = referenceFallback('copies without a journal', NO_MECHANISMS);
