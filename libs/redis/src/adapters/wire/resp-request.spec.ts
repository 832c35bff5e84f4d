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

describe('respRequest', () => {
  test.each(CASES.map((args) => ({ args })))(
    'encodes $args.length arguments to the same bytes as ioredis',
    ({ args }) => {
      const command = new Command('set', [...args]);
      command.stringifyArguments();
      // ioredis returns a string if no argument is a Buffer.
      expect(respRequest('set', args)).toEqual(Buffer.from(command.toWritable({})));
    },
  );
});
