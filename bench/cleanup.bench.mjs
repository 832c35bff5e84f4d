// A cleanup beside traffic: what reads of other processes notice of it, and how many processes clean.
import { measureInTurn } from './harness/rounds.mjs';
import { measureCleanup } from './metrics/cleanup.mjs';

const FULL = { keys: 1_000_000, idleMs: 15_000 };
const QUICK = { keys: 200_000, idleMs: 4000 };

export async function measure({ quick, log }) {
  return measureInTurn(log, [['a cleanup beside reads', () => measureCleanup(quick ? QUICK : FULL)]]);
}
