import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.js';

const SAME: readonly (readonly [written: string, client: string])[] = [
  ['1.2.3.4', '1.2.3.4'],
  ['255.255.255.255', '255.255.255.255'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::FFFF:1.2.3.4', '1.2.3.4'],
  ['::ffff:102:304', '1.2.3.4'],
  ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
  ['::ffff:1.2.3.4%eth0', '1.2.3.4'],
  ['1.2.3.4:5678', '1.2.3.4'],
  ['[2001:db8::1]:443', '2001:db8::/64'],
  ['[2001:db8::1]', '2001:db8::/64'],
  ['[::ffff:1.2.3.4]:80', '1.2.3.4'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::/64'],
  ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8::/64'],
  ['2001:db8:0:1::', '2001:db8:0:1::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['fe80::abcd%25en0', 'fe80::/64'],
  ['::1', '::/64'],
  ['::', '::/64'],
];

/** IPv6 addresses of translators and tunnels with an embedded IPv4 address. Their /64 is shared by all IPv4 clients. */
const EMBEDDED: readonly (readonly [kind: string, written: string, client: string])[] = [
  ['NAT64', '64:ff9b::1.2.3.4', '1.2.3.4'],
  ['NAT64', '64:ff9b::cb00:7107', '203.0.113.7'],
  ['NAT64 with a port', '[64:ff9b::cb00:7107]:443', '203.0.113.7'],
  ['SIIT', '::ffff:0:203.0.113.7', '203.0.113.7'],
  ['6to4', '2002:cb00:7107::1', '203.0.113.7'],
  ['6to4, any network behind it', '2002:cb00:7107:ffff::2', '203.0.113.7'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:34ff:8ef8', '203.0.113.7'],
  ['IPv4-compatible', '::203.0.113.7', '203.0.113.7'],
];

const NOT_EMBEDDED: readonly (readonly [written: string, client: string])[] = [
  ['64:ff9b:1::cb00:7107', '64:ff9b:1::cb00:7107'],
  ['64:ff9b:1:cb00:71:700::', '64:ff9b:1:cb00:71:700::'],
  ['64:ff9b:0:1::cb00:7107', '64:ff9b:0:1::/64'],
  ['64:ff9a::cb00:7107', '64:ff9a::/64'],
  ['64:ff9b:2::cb00:7107', '64:ff9b:2::/64'],
  ['2001:1:4136:e378:8000:63bf:34ff:8ef8', '2001:1:4136:e378::/64'],
  ['2003:cb00:7107::1', '2003:cb00:7107::/64'],
];

const NO_ADDRESS = [
  '',
  'unknown',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4:',
  '1.2.3.4:99999999',
  '_hidden',
  'a:b',
  '[1::2',
  '1::2::3',
  'localhost',
];

describe('clientAddress()', () => {
  test.each(SAME)('normalizes %s to %s', (written, client) => {
    expect(clientAddress(written)).toBe(client);
  });

  test.each(EMBEDDED)('extracts the IPv4 address from %s: %s is %s', (_, written, client) => {
    expect(clientAddress(written)).toBe(client);
  });

  test.each(NOT_EMBEDDED)('turns %s into %s, without a known embedded IPv4 address', (written, client) => {
    expect(clientAddress(written)).toBe(client);
  });

  test.each(NO_ADDRESS)('returns undefined for %j, which is not an address', (text) => {
    expect(clientAddress(text)).toBeUndefined();
  });

  test('is equal for all addresses of a /64, and different for the next /64', () => {
    const [first, last, next] = ['2001:db8:0:7::', '2001:db8:0:7:ffff:ffff:ffff:ffff', '2001:db8:0:8::'].map(
      clientAddress,
    );
    expect(first).toBe(last);
    expect(next).not.toBe(first);
  });
});
