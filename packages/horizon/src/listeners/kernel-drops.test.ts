import { describe, expect, it } from 'vitest';
import { parseKernelDrops } from './kernel-drops.js';

const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 3081: 0100007F:07D3 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1284 2 0000000000000000 17
 3082: 0200007F:07D3 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1285 2 0000000000000000 4
 3083: 00000000:07E9 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1286 2 0000000000000000 0
`;
const udp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  914: 00000000000000000000000001000000:07D3 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 5150 2 0000000000000000 9
`;

describe('parseKernelDrops', () => {
  it('reads the drops of one address and port', () => {
    expect(parseKernelDrops(udp, '127.0.0.1', 2003)).toBe(17);
    expect(parseKernelDrops(udp, '127.0.0.2', 2003)).toBe(4);
    expect(parseKernelDrops(udp, '0.0.0.0', 2025)).toBe(0);
    expect(parseKernelDrops(udp6, '::1', 2003)).toBe(9);
  });

  it('is null for a socket that is not there', () => {
    expect(parseKernelDrops(udp, '127.0.0.1', 2004)).toBe(null);
    expect(parseKernelDrops('', '127.0.0.1', 2003)).toBe(null);
  });
});
