import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';

/**
 * How many datagrams the kernel dropped for a bound UDP socket: the last column of /proc/net/udp or udp6 (proc(5)).
 * null where there is no such table, or no such socket.
 */
export function kernelDrops(address: string, port: number): number | null {
  try {
    return parseKernelDrops(readFileSync(isIPv6(address) ? '/proc/net/udp6' : '/proc/net/udp', 'utf8'), address, port);
  } catch {
    return null;
  }
}

/** The same of the table's text. An IPv4 address stands there as one little-endian word; IPv6 sockets are told apart by port alone. */
export function parseKernelDrops(table: string, address: string, port: number): number | null {
  const place = `${isIPv6(address) ? '' : littleEndian(address)}:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table.split('\n').slice(1).map((line) => line.trim().split(/\s+/)).filter((columns) => columns[1]?.endsWith(place));
  return rows.length === 0 ? null : rows.reduce((sum, columns) => sum + Number(columns.at(-1)), 0);
}

function littleEndian(address: string): string {
  return address.split('.').reverse().map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0')).join('');
}
