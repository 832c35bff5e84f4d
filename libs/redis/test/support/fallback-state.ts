import { ApplicationTypes } from '../../src/domain/codec/json/application-types.js';
import { resolveFallbackOptions, type FallbackOptions } from '../../src/service/fallback/fallback-options.js';
import { FallbackState } from '../../src/service/fallback/fallback-state.js';
import { VirtualTime } from './virtual-time.js';

export interface VirtualState {
  readonly time: VirtualTime;
  readonly state: FallbackState;
}

/** The codec of these tests knows no application types. */
export const NO_TYPES = new ApplicationTypes();

/** The state of a fallback with a clock that the test moves. */
export function virtualState(options: FallbackOptions = {}, onOutage: () => void = () => {}): VirtualState {
  const time = new VirtualTime();
  const state = new FallbackState({
    options: resolveFallbackOptions(options, ''),
    environment: { clock: time.clock, timers: time.timers, random: () => 0.5 },
    storage: undefined,
    onOutage,
  });
  return { time, state };
}
