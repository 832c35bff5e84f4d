import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { embeddedIpv4, isLocalNat64 } from './embedded-ipv4.js';

const MAPPED = '::ffff:';
const WITH_PORT = /^(?:\[(?<bracketed>[^\]]*)\]|(?<dotted>[^:]+))(?::\d{1,5})?$/;
/** As many groups of an IPv6 address as name a customer's network: behind it, one client has any address it likes. */
const NETWORK_GROUPS = 4;

/**
 * One text for one client, however its address is written: `::ffff:1.2.3.4` is `1.2.3.4`, and so is what NAT64, SIIT, 6to4 and Teredo
 * make of it; an IPv6 address is its /64; zones and ports (which some proxies forward) are dropped. Undefined for what is no address.
 */
export function clientAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (text.startsWith(MAPPED) && isIPv4(text.slice(MAPPED.length))) return text.slice(MAPPED.length);
  const { bracketed, dotted } = WITH_PORT.exec(text)?.groups ?? {};
  if (dotted !== undefined) return isIPv4(dotted) ? dotted : undefined;
  const [address = ''] = (bracketed ?? text).split('%', 1);
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  const parsed = ipaddr.IPv6.parse(address);
  return embeddedIpv4(parsed.parts) ?? networkOf(parsed);
}

function networkOf(address: ipaddr.IPv6): string {
  const { parts } = address;
  if (isLocalNat64(parts)) return address.toRFC5952String();
  const groups = parts.map((part, at) => (at < NETWORK_GROUPS ? part : 0));
  return `${new ipaddr.IPv6(groups).toRFC5952String()}/64`;
}
