import { describe, expect, test } from 'vitest';
import { isTemporary, replyRow } from './reply-table.js';

describe('the row of an error reply', () => {
  test.each(['ERR', 'CROSSSLOT', 'NOSCRIPT', 'SOMETHINGNEW', 'constructor'])('of %s is about the call', (word) => {
    expect(replyRow(word)).toEqual({ code: 'COMMAND_FAILED', retryable: false, failureClass: 'caller' });
  });

  test.each([
    ['LOADING', true],
    ['MISCONF', true],
    ['READONLY', true],
    ['MOVED', false],
    ['NOPERM', false],
    ['ERR', false],
  ])('of %s reports a temporary state: %s', (word, temporary) => {
    expect(isTemporary(word)).toBe(temporary);
  });
});
