import { it } from 'vitest';
import { seedsHold, seedsOf } from './seeds-hold.js';

it('keeps its promises whatever happens, at odd seeds', () => seedsHold(seedsOf(1)), 7_200_000);
