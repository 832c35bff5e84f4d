import { setImmediate as nextTick } from 'node:timers/promises';

/** The second level that the caches of two processes share: a map that answers in a later tick. */
export class SharedStore {
  #values = new Map();

  async get(key) {
    await nextTick();
    return this.#values.get(key);
  }

  async set(key, value) {
    await nextTick();
    this.#values.set(key, value);
    return true;
  }

  async delete(key) {
    await nextTick();
    return this.#values.delete(key);
  }

  async clear() {
    await nextTick();
    this.#values.clear();
  }

  async has(key) {
    await nextTick();
    return this.#values.has(key);
  }
}
