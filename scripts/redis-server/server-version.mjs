import { runCommand } from '../setup/run-command.mjs';

const FLOOR = { redis: [6, 2], valkey: [7, 2] };

/** True if this path runs as a Redis or Valkey server that is new enough for the tests. */
export async function isUsableServer(path) {
  const { code, output } = await runCommand(path, ['--version']).catch(() => ({ code: 126, output: '' }));
  const [, product, major, minor] = /(redis|valkey) server v=(\d+)\.(\d+)/i.exec(output) ?? [];
  if (code !== 0 || product === undefined) return false;
  const [floorMajor, floorMinor] = FLOOR[product.toLowerCase()];
  return Number(major) > floorMajor || (Number(major) === floorMajor && Number(minor) >= floorMinor);
}
