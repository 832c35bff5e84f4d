import { describe, expect, test } from 'vitest';
import { permissionHint, permissionReply } from './permission-hint.js';

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

describe('the reply to a script whose user may not run one of its commands', () => {
  test.each([
    [
      "ERR ACL failure in script: User app has no permissions to run the 'time' command script: f_1, on @user_script:1.",
      'the user may not run TIME; allow it: ACL SETUSER <user> +time',
    ],
    [
      'ERR ACL failure in script: No permissions to access a key script: f_1, on @user_script:1.',
      'the user may not access that key; allow its pattern: ACL SETUSER <user> ~<pattern>',
    ],
    [
      "ERR The user executing the script can't run this command or subcommand script: f_1, on @user_script:1.",
      'the user may not run a command of the script; docs/guides/connecting.md lists the ACL rules',
    ],
  ])('is a missing permission: %s', (reply, hint) => {
    expect(permissionReply(reply)).toMatch(/^NOPERM /);
    expect(permissionHint(permissionReply(reply), 'ACQUIRE')).toBe(hint);
  });

  test('is no other reply of a script', () => {
    for (const reply of ['ERR Error running script', 'WRONGTYPE Operation', "NOPERM User bob may not run 'get'"])
      expect(permissionReply(reply)).toBe(reply);
  });
});
