/** What Redis 6 replies if the user may run a script, but not one of its commands. */
const IN_SCRIPT = /^The user executing the script can't run this command/;

/**
 * The `ACL SETUSER` command that allows a command refused with NOPERM.
 * @param reply the server's reply, which names the command: `NOPERM … has no permissions to run the 'client|info'
 * command`
 * @param command the command that was sent, for a reply without a command: `CLIENT INFO`
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function permissionHint(reply: string, command: string): string {
  const named = /\brun the '([\w-]+(?:\|[\w-]+)?)'/.exec(reply)?.[1];
  if (IN_SCRIPT.test(reply.replace(/^NOPERM /, '')))
    return 'the user may not run a command of the script; docs/guides/connecting.md lists the ACL rules';
  if (named === undefined && /\bkeys?\b/i.test(reply)) return missing('key', '~');
  if (named === undefined && /\bchannels?\b/i.test(reply)) return missing('channel', '&');
  const rule = (named ?? command.replace(' ', '|')).toLowerCase();
  const name = rule.replace('|', ' ').toUpperCase();
  return `the user may not run ${name}; allow it: ACL SETUSER <user> +${rule}`;
}

function missing(what: string, sign: string): string {
  return `the user may not access that ${what}; allow its pattern: ACL SETUSER <user> ${sign}<pattern>`;
}

/**
 * The reply to a script that the user may run, but not one of its commands, as a reply with NOPERM. Any other reply is
 * returned unchanged. Redis 6 does not name the command.
 */
export function permissionReply(reply: string): string {
  const [, refusal] = /^ERR (?:ACL failure in script: )?(.*)$/s.exec(reply) ?? [];
  const isRefusal = refusal !== undefined && (reply.startsWith('ERR ACL failure') || IN_SCRIPT.test(refusal));
  return isRefusal ? `NOPERM ${refusal}` : reply;
}
