import { row } from '../harness/report.mjs';
import { interleave, medianOf, ratioOf } from '../harness/rounds.mjs';

const FIGURES = {
  speed: { unit: 'op/s' },
  time: { unit: 'µs' },
  held: { unit: 'µs', title: 'the loop is held' },
};

const RICH = ['rich', 'dense'];

/**
 * The label of a peer. A peer that cannot carry rich values gets strings and objects, and is marked: it does less work.
 */
const peerName = ({ label, carries }, { shape }) =>
  RICH.includes(shape) && carries !== 'everything' ? `${label} (strings, objects)` : label;

function speedRows(load, contestants, [ours, ...theirs]) {
  const { unit, title = load.operation } = FIGURES[load.figure];
  const name = `${load.title}: ${title}`;
  const ratios = theirs.map((slices, index) => {
    const peer = contestants[index + 1];
    const value = ratioOf(ours, slices, load.figure);
    return row({ name, value, unit: 'x', peer: peerName(peer, load), bar: load.bars?.[peer.name] });
  });
  return [row({ name, value: medianOf(ours, load.figure), unit }), ...ratios];
}

function sizeRows(load, contestants, [ours, ...theirs]) {
  const name = `${load.title}: stored bytes`;
  const ratios = theirs.map(({ stored }, index) =>
    row({ name, value: ours.stored / stored, unit: 'x', peer: peerName(contestants[index + 1], load) }),
  );
  const share = { name: `${load.title}: share of the raw bytes`, value: ours.stored / ours.raw, unit: 'x' };
  return [
    row({ name, value: ours.stored, unit: 'B' }),
    ...ratios,
    ...(load.share ? [row({ ...share, bar: load.share })] : []),
  ];
}

/** Rows of one load, over all contestants; the stored bytes are printed once per load, with its encode figure. */
export async function measureLoad(load, contestants, schedule) {
  const sizes = [];
  for (const contestant of contestants) sizes.push(await contestant.prepare(load));
  const slices = await interleave(contestants, schedule, (contestant, ms) => contestant.slice(load, ms));
  return [
    ...speedRows(load, contestants, slices),
    ...(load.operation === 'decode' ? [] : sizeRows(load, contestants, sizes)),
  ];
}
