/**
 * The `ACL SETUSER` command that allows a command refused with NOPERM.
 * @param reply the server's reply, which names the command: `NOPERM … has no permissions to run the 'client|info'
 * command`
 * @param command the command that was sent, for a reply without a command: `CLIENT INFO`
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function permissionHint(reply: string, command: string): string {
  const named = /\brun the '([\w-]+(?:\|[\w-]+)?)'/.exec(reply)?.[1];
  if (named === undefined && /\bkeys?\b/i.test(reply)) return missing('key', '~');
  if (named === undefined && /\bchannels?\b/i.test(reply)) return missing('channel', '&');
  const rule = (named ?? command.replace(' ', '|')).toLowerCase();
  const name = rule.replace('|', ' ').toUpperCase();
  return `the user may not run ${name}; allow it: ACL SETUSER <user> +${rule}`;
}

function missing(what: string, sign: string): string {
  return `the user may not access that ${what}; allow its pattern: ACL SETUSER <user> ${sign}<pattern>`;
}
