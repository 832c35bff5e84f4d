/**
 * What `ACL SETUSER` needs to hear so that a command refused with NOPERM is allowed.
 * @param reply the server's reply, which names the command: `NOPERM … has no permissions to run the 'client|info' command`
 * @param command the command that was sent, where the reply names none: `CLIENT INFO`
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function permissionHint(reply: string, command: string): string {
  if (/\bkeys?\b/i.test(reply))
    return 'the user may not access that key; allow its pattern: ACL SETUSER <user> ~<pattern>';
  if (/\bchannels?\b/i.test(reply))
    return 'the user may not access that channel; allow its pattern: ACL SETUSER <user> &<pattern>';
  const named = /'([\w-]+(?:\|[\w-]+)?)'/.exec(reply)?.[1] ?? command.replace(' ', '|');
  return `the user may not run ${named.replace('|', ' ').toUpperCase()}; allow it: ACL SETUSER <user> +${named.toLowerCase()}`;
}
