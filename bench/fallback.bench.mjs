// FallbackCache: what the journal of invalidations costs. No compared library has one, so there is no peer.
import { measureJournal } from './fallback/journal.mjs';

/** The journal needs no server. */
export const needsRedis = false;

const FULL = { runs: 5, entries: 100_000 };
const QUICK = { runs: 2, entries: 100_000 };

export async function measure({ quick, log }) {
  log('measuring the journal');
  return measureJournal(quick ? QUICK : FULL);
}
