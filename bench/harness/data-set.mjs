import { seededRandom, shuffled } from './random.mjs';

export const KEYS = 1000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz ';

export function words(length, random) {
  let text = '';
  for (let i = 0; i < length; i++) text += LETTERS[Math.floor(random() * LETTERS.length)];
  return text;
}

export function item(random) {
  return { sku: Math.floor(random() * 1e6), title: words(24, random), price: Math.round(random() * 1e4) / 100 };
}

/**
 * An object of mixed fields whose JSON is exactly `bytes` long (ASCII): whole items, and a note that fills the rest.
 */
export function record(bytes, random) {
  const value = {
    id: Math.floor(random() * 1e6),
    name: words(12, random),
    active: random() < 0.5,
    items: [],
    note: '',
  };
  let room = bytes - JSON.stringify(value).length;
  for (;;) {
    const next = item(random);
    const length = JSON.stringify(next).length + (value.items.length > 0 ? ','.length : 0);
    if (length > room) break;
    value.items.push(next);
    room -= length;
  }
  value.note = words(room, random);
  return value;
}

/**
 * A thousand keys with a value each, and the order of their use: a shuffled cycle, so that no key is in flight twice.
 * RedisAdapter fetches equal keys once, which would give it an advantage.
 */
export function dataSet({ prefix, bytes, seed = 42 }) {
  const random = seededRandom(seed + bytes);
  const keys = Array.from({ length: KEYS }, (_, index) => `${prefix}:${bytes}:item:${String(index).padStart(4, '0')}`);
  const values = keys.map(() => record(bytes, random));
  return { keys, values, order: shuffled(KEYS, random) };
}
