import { item, record, words } from '../harness/data-set.mjs';
import { seededRandom } from '../harness/random.mjs';

// Several values per size, so that no cache and no branch predictor adapts to one; few enough to fit the cache of a
// processor.
const TOTAL_BYTES = 512 * 1024;
const COUNTS = { least: 2, most: 64 };

const NAMES =
  'Ada Bruno Chiara Dmitri Elif Farah Grace Hugo Ines Jonas Keiko Liam Mira Noah Olga Pedro Quinn Rosa Sven Tara'.split(
    ' ',
  );
const SURNAMES =
  'Almeida Becker Costa Dubois Eriksen Fischer Garcia Haddad Ito Jansen Kowalski Lopez Moreau Novak Okafor'.split(' ');
const STREETS = 'Harbour Mill Station Church Garden Market Castle River Forest Bridge Hill Meadow'.split(' ');
const CITIES = 'Lisbon Berlin Nairobi Osaka Toronto Krakow Santiago Izmir Porto Lyon Ghent Tampere'.split(' ');
const STATUSES = ['active', 'invited', 'suspended'];
const WAREHOUSES = ['lisbon', 'porto', 'faro'];

const shapes = { plain, rich, dense, records, text };

/** The values of one load, the same in every run. */
export function valuesOf({ shape, bytes }) {
  const random = seededRandom(42 + bytes);
  const count = Math.min(COUNTS.most, Math.max(COUNTS.least, Math.floor(TOTAL_BYTES / bytes)));
  return Array.from({ length: count }, () => shapes[shape](bytes, random));
}

/**
 * The value with Dates as ISO strings and Maps as objects, for JSON; converted in advance, so it costs JSON nothing.
 */
export function plainTwin(value) {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value)) return value.map(plainTwin);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainTwin(member)]));
}

/** An object of mixed fields whose JSON has exactly `bytes` bytes. */
function plain(size, random) {
  return record(size, random);
}

/** Orders of half a kilobyte, each with a Date and a Map: one rich value per quarter of a kilobyte of JSON. */
function rich(size, random) {
  return fill(size, () => order(4, random));
}

/** Orders of a quarter of a kilobyte: twice as many rich values. */
function dense(size, random) {
  return fill(size, () => order(1, random));
}

function order(items, random) {
  return {
    id: below(1e6, random),
    customer: { name: words(16, random), city: pick(CITIES, random), zip: digits(5, random) },
    status: pick(STATUSES, random),
    createdAt: new Date(dateMs(random)),
    items: Array.from({ length: items }, () => item(random)),
    stock: new Map(WAREHOUSES.map((name) => [name, below(500, random)])),
  };
}

/** A page of a table: repeated parts of its records make it compressible. */
function records(size, random) {
  return fill(size, () => {
    const [name, surname] = [pick(NAMES, random), pick(SURNAMES, random)];
    return {
      id: 100_000 + below(900_000, random),
      name: `${name} ${surname}`,
      email: `${name}.${surname}${below(100, random)}@example.com`.toLowerCase(),
      phone: `+351 ${digits(9, random)}`,
      address: `${1 + below(200, random)} ${pick(STREETS, random)} Street, ${digits(5, random)} ${pick(CITIES, random)}`,
      status: pick(STATUSES, random),
      orders: below(200, random),
      spent: below(1e6, random) / 100,
      createdAt: new Date(dateMs(random)).toISOString(),
    };
  });
}

/** Records as the bytes of their JSON: nothing has to be serialised, so only the later steps are measured. */
function text(size, random) {
  return Buffer.from(JSON.stringify(records(size, random)));
}

/** As many records as fit into the size, as JSON. */
function fill(size, make) {
  const list = [];
  for (let used = '[]'.length; ;) {
    const next = make();
    used += JSON.stringify(plainTwin(next)).length + ','.length;
    if (used > size) return list;
    list.push(next);
  }
}

const below = (limit, random) => Math.floor(random() * limit);
const digits = (count, random) => String(below(10 ** count, random)).padStart(count, '0');
const pick = (list, random) => list[below(list.length, random)];
const dateMs = (random) => Date.UTC(2024, 0, 1) + below(365 * 24 * 3600 * 1000, random);
