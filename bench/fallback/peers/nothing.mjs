export const label = 'a resolved promise';

/** Calls that do nothing: what the same callers measure then is the machine. */
export async function open() {
  return {
    set: async () => {},
    get: async () => 'a value',
    remove: async () => {},
  };
}
