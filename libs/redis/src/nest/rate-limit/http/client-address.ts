import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { embeddedIpv4, isLocalNat64 } from './embedded-ipv4.js';

const MAPPED = '::ffff:';
const WITH_PORT = /^(?:\[(?<bracketed>[^\]]*)\]|(?<dotted>[^:]+))(?::\d{1,5})?$/;
/** The groups of the /64, which identify a customer's network. Within it, a client chooses its addresses freely. */
const NETWORK_GROUPS = 4;

/**
 * Normalizes a client address, so that each client has one subject. An IPv4 address that is mapped or translated to
 * IPv6 (`::ffff:1.2.3.4`, NAT64, SIIT, 6to4, Teredo) becomes the IPv4 address. Any other IPv6 address becomes its /64.
 * Zones and ports, which some proxies forward, are dropped. Returns undefined when the text is not an address.
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
