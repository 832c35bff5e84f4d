/** The eight groups of an IPv6 address. */
type Groups = readonly number[];

/**
 * Returns the IPv4 address that a translator or a tunnel has embedded in an IPv6 address. The /64 of such an address is
 * that of the translator, and all IPv4 clients behind it would share one count. Undefined: there is no embedded
 * address.
 */
export function embeddedIpv4([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0]: Groups): string | undefined {
  // 6to4 (RFC 3056): 2002:<IPv4>::/48 is the network behind one IPv4 address, which may choose among 65 536 /64s.
  if (a === 0x2002) return dotted(b, c);
  // Teredo (RFC 4380): 2001::/32, with the inverted address of the client at the end.
  if (a === 0x2001 && b === 0) return dotted(g ^ 0xffff, h ^ 0xffff);
  // NAT64 (RFC 6052): 64:ff9b::/96.
  if (a === 0x64 && b === 0xff9b) return (c | d | e | f) === 0 ? dotted(g, h) : undefined;
  if ((a | b | c | d) !== 0) return undefined;
  // IPv4-mapped (RFC 4291): ::ffff:0:0/96. IPv4-translated (RFC 2765): ::ffff:0:0:0/96.
  if ((e === 0 && f === 0xffff) || (e === 0xffff && f === 0)) return dotted(g, h);
  // IPv4-compatible (RFC 4291, deprecated): ::/96, except :: and ::1.
  return (e | f) === 0 && g > 0xff ? dotted(g, h) : undefined;
}

/**
 * A local NAT64 prefix (RFC 8215), 64:ff9b:1::/48. Its length varies, so the position of the IPv4 address is unknown.
 */
export function isLocalNat64([a, b, c]: Groups): boolean {
  return a === 0x64 && b === 0xff9b && c === 1;
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
