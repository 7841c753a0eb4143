import { BlockList, isIP } from 'node:net';

/** Addresses that a notification never goes to unless they are allowed by name: everything that is not a public host. */
const privateRanges: readonly (readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'], ['10.0.0.0', 8, 'ipv4'], ['100.64.0.0', 10, 'ipv4'], ['127.0.0.0', 8, 'ipv4'], ['169.254.0.0', 16, 'ipv4'], ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'], ['192.0.2.0', 24, 'ipv4'], ['192.88.99.0', 24, 'ipv4'], ['192.168.0.0', 16, 'ipv4'], ['198.18.0.0', 15, 'ipv4'], ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'], ['224.0.0.0', 4, 'ipv4'], ['240.0.0.0', 4, 'ipv4'],
  ['::', 96, 'ipv6'], ['64:ff9b::', 96, 'ipv6'], ['64:ff9b:1::', 48, 'ipv6'], ['100::', 64, 'ipv6'], ['2001::', 23, 'ipv6'], ['2001:db8::', 32, 'ipv6'], ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'], ['fe80::', 10, 'ipv6'], ['fec0::', 10, 'ipv6'], ['ff00::', 8, 'ipv6'],
];

/**
 * Whether an address is public, so that a request to it cannot reach what only this machine or its network may (SSRF). IPv4 inside IPv6 is judged as IPv4.
 *
 * @param address as resolved, without brackets
 */
export function createAddressGuard(): (address: string) => boolean {
  const blocked = new BlockList();
  for (const [address, prefix, family] of privateRanges) blocked.addSubnet(address, prefix, family);
  return (address) => {
    const family = isIP(address);
    if (family === 0) return false;
    if (family === 4) return !blocked.check(address, 'ipv4');
    // Node's BlockList looks into ::ffff:a.b.c.d by itself; all other embeddings are blocked as ranges.
    return !blocked.check(address, 'ipv6') && !/^::/.test(address);
  };
}
