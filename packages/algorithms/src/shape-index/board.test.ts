import { describe, expect, it } from 'vitest';
import { createArena } from '../kernels/arena.js';
import { createKernels } from '../kernels/create-kernels.js';
import { createKernelMemory } from '../kernels/web-assembly.js';
import { createBoard, CrewLost } from './board.js';

describe('a board', () => {
  it('does not wait for ever for a thread that never comes', async () => {
    const arena = createArena(createKernelMemory(2 ** 24));
    const { kernels } = createKernels(arena.memory, null);
    const phase = { work: 'bound', job: arena.allocate(128), items: 0, scratch: { address: arena.allocate(64), bytes: 64 } } as const;
    await expect(createBoard(arena, kernels, { others: 1, longestWaitMs: 20 }).run(phase)).rejects.toThrow(CrewLost);
    expect(await createBoard(arena, kernels).run(phase)).toBe(0);
  });
});

describe('an arena', () => {
  it('hands out what was given back, as zeroes, and says when its memory is full', () => {
    const arena = createArena(createKernelMemory(2 ** 20));
    const first = arena.allocate(1000);
    arena.views().bytes.fill(7, first, first + 1000);
    arena.release(first, 1000);
    expect(arena.allocate(1000)).toBe(first);
    expect([...arena.views().bytes.subarray(first, first + 1000)].every((byte) => byte === 0)).toBe(true);
    expect(arena.usedBytes).toBe(1024);
    expect(() => arena.allocate(2 ** 20)).toThrow('cannot grow');
  });
});
