import { describe, expect, test } from 'vitest';
import { permissionHint } from './permission-hint.js';

describe('the hint for a reply with NOPERM', () => {
  test.each([
    ["NOPERM this user has no permissions to run the 'get' command", 'GET', '+get', 'GET'],
    ["NOPERM User bob has no permissions to run the 'client|kill' command", 'CLIENT', '+client|kill', 'CLIENT KILL'],
    ["NOPERM this user has no permissions to run the 'evalsha' command", 'INCR', '+evalsha', 'EVALSHA'],
    [
      "NOPERM this user has no permissions to run the 'client' command or its subcommand",
      'CLIENT INFO',
      '+client',
      'CLIENT',
    ],
    ["NOPERM this user has no permissions to run the 'keys' command", 'KEYS', '+keys', 'KEYS'],
    ['NOPERM not allowed', 'CLIENT INFO', '+client|info', 'CLIENT INFO'],
  ])('for %s names the rule and the command', (reply, command, rule, name) => {
    expect(permissionHint(reply, command)).toBe(`the user may not run ${name}; allow it: ACL SETUSER <user> ${rule}`);
  });

  test.each([
    ['NOPERM this user has no permissions to access one of the keys used as arguments', '~<pattern>'],
    ['NOPERM No permissions to access a key', '~<pattern>'],
    ['NOPERM No permissions to access a channel', '&<pattern>'],
    ['NOPERM this user has no permissions to access one of the channels used as arguments', '&<pattern>'],
  ])('for %s names the missing pattern', (reply, rule) => {
    expect(permissionHint(reply, 'SET')).toContain(`ACL SETUSER <user> ${rule}`);
  });

  test('does not contain the key of the reply', () => {
    const hint = permissionHint("NOPERM User bob has no permissions to access the 'canary' key", 'SET');
    expect(hint).toContain('~<pattern>');
    expect(hint).not.toContain('canary');
  });
});
