import { createCodec } from '../../libs/redis/build/adapters/codec/create-codec.js';
import { exactly, row } from '../harness/report.mjs';
import { compressedSealing, sealing } from './sealing.mjs';
import { valuesOf } from './values.mjs';

const POSITION = { key: 'bench:user:1' };
const OTHER_POSITIONS = [
  { key: 'bench:user:2' },
  { key: 'bench:user:1 ' },
  { key: 'user:1' },
  { key: '' },
  { key: 'bench:user:1', field: 'name' },
  { key: 'bench:user:1', field: '' },
];

function* bitFlips(sealed) {
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const bytes = Buffer.from(sealed);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    yield { bytes, at: POSITION };
  }
}

function* cuts(sealed) {
  for (let at = 0; at < sealed.length; at++) yield { bytes: sealed.subarray(0, at), at: POSITION };
  for (let at = 1; at < sealed.length; at++) yield { bytes: sealed.subarray(at), at: POSITION };
}

function* moves(sealed) {
  for (const at of OTHER_POSITIONS) yield { bytes: sealed, at };
}

const ATTACKS = [
  { name: 'each bit flipped', attempts: bitFlips },
  { name: 'cut at each byte, either end', attempts: cuts },
  { name: 'moved to another key or field', attempts: moves },
];

/** True if the codec rejects with a `CODEC_*` error; any other error ends the run. */
async function isRefused(codec, { bytes, at }) {
  try {
    await codec.decode(bytes, at);
    return false;
  } catch (error) {
    if (String(error.code).startsWith('CODEC_')) return true;
    throw error;
  }
}

async function refusedShare(codec, attempts) {
  let tried = 0;
  let refused = 0;
  for (const attempt of attempts) {
    tried++;
    if (await isRefused(codec, attempt)) refused++;
  }
  return { tried, refused };
}

async function attackRows(title, options, value) {
  const codec = createCodec(options);
  const sealed = await codec.encode(value, POSITION);
  await codec.decode(sealed, POSITION);
  const rows = [];
  for (const { name, attempts } of ATTACKS) {
    const { tried, refused } = await refusedShare(codec, attempts(sealed));
    const unit = `refused of ${tried.toLocaleString('en')} tried`;
    rows.push(row({ name: `${title}, ${name}`, value: refused / tried, unit, bar: exactly(1) }));
  }
  return rows;
}

/**
 * The bytes that sealing adds to the serialised bytes; if it differs between values, one that differs from `wanted`.
 */
async function addedRow(load, wanted) {
  const [open, closed] = [createCodec(), createCodec(sealing())];
  const added = [];
  for (const value of valuesOf(load)) {
    added.push((await closed.encode(value, POSITION)).length - (await open.encode(value, POSITION)).length);
  }
  const value = added.find((each) => each !== wanted) ?? wanted;
  return row({ name: 'sealed 1 KB: bytes added', value, unit: 'B', bar: exactly(wanted) });
}

export async function measureIntegrity() {
  const small = { shape: 'plain', bytes: 1024 };
  const list = { shape: 'records', bytes: 10 * 1024 };
  return [
    await addedRow(small, 52),
    ...(await attackRows('sealed 1 KB', sealing(), valuesOf(small)[0])),
    ...(await attackRows('compressed and sealed 10 KB', compressedSealing(), valuesOf(list)[0])),
  ];
}
