import type { AdapterStatus } from './adapter-status.js';
import type { ResilienceSnapshot } from '../resilience/resilience.statistics.js';

/** The state of an adapter, and its counts since it was created. */
export interface AdapterSnapshot extends ResilienceSnapshot {
  readonly status: AdapterStatus;
}
