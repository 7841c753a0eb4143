import { it } from 'vitest';
import { seedsHold, seedsOf } from './seeds-hold.js';

it('keeps its promises whatever happens, at even seeds', () => seedsHold(seedsOf(0)), 7_200_000);
