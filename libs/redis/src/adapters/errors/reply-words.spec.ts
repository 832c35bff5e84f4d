import { describe, expect, test } from 'vitest';
import { stepOf, wordsOf } from './reply-words.js';

function reply(message: string, name: string, ...args: unknown[]): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { name, args } });
}

describe('the text of an error reply', () => {
  test.each([
    [reply('ERR DB index is out of range', 'select', '7'), 'SELECT', 'ERR DB index is out of range'],
    [
      reply("ERR unknown command 'select', with args beginning with: '2' ", 'select', '2'),
      'SELECT',
      "ERR unknown command 'select'",
    ],
    [reply('ERR a\r\nb\u0000c', 'info'), 'INFO', 'ERR a  b c'],
    [reply("NOPERM … 'client|info' command", 'CLIENT', 'INFO'), 'CLIENT INFO', "NOPERM … 'client|info' command"],
    [reply('ERR unknown command', 'hello', 3), 'HELLO', 'ERR unknown command'],
  ])('of %s names the command %s and is %s', (error, step, words) => {
    expect(stepOf(error)).toBe(step);
    expect(wordsOf(error)).toBe(words);
  });

  test('has at most 200 characters', () => {
    expect(wordsOf(reply('ERR '.repeat(1000), 'info')).length).toBeLessThanOrEqual(200);
  });

  test.each([
    [
      reply("ERR unknown command 'AUTH', with args beginning with: 'bob' 's3cret' ", 'auth', 'bob', 's3cret'),
      'ERR unknown command',
    ],
    [reply('ERR token s3cret expired', 'auth', 's3cret'), 'ERR'],
    [reply('s3cret is wrong', 'auth', 's3cret'), 'ERR'],
    [reply('ERR no user "bob"', 'hello', 3, 'AUTH', 'bob', 's3cret'), 'ERR no user'],
    [reply('ERR bob/s3cret', 'hello', '3', 'AUTH', 'bob', 's3cret'), 'ERR'],
    [reply('ERR s3cret', 'AUTH', Buffer.from('s3cret')), 'ERR'],
  ])('of %s contains neither user name nor password', (error, words) => {
    expect(wordsOf(error)).toBe(words);
  });
});
