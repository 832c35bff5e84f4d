import { Command } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { respRequest } from './resp-request.js';

const CASES: readonly (readonly (string | Buffer)[])[] = [
  [],
  [Buffer.from('value')],
  ['key', Buffer.from([0, 255, 13, 10, 200])],
  ['key', Buffer.alloc(0), 'PX', '60000'],
  ['1', 'schlüssel:🌍', Buffer.from('a'), Buffer.from('b'), '', 'end'],
  [Buffer.alloc(70_000, 7), 'x'.repeat(70_000)],
];

describe('a command on the wire', () => {
  test.each(CASES.map((args) => ({ args })))('is that of ioredis: $args.length arguments', ({ args }) => {
    // It makes bytes of it only where an argument is bytes.
    const theirs = new Command('set', [...args]);
    theirs.stringifyArguments();
    expect(respRequest('set', args)).toEqual(Buffer.from(theirs.toWritable({})));
  });
});
