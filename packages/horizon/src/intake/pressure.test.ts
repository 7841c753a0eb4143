import { describe, expect, it } from 'vitest';
import { Pressure } from './pressure.js';

describe('Pressure', () => {
  it('pauses above three quarters of the bound and resumes at half of it', () => {
    const pressure = new Pressure(100);
    const heard: boolean[] = [];
    pressure.subscribe((paused) => heard.push(paused));
    for (const change of [75, 1, -20, 20, -25, -1, 30]) pressure.add(change);
    expect(heard).toEqual([true, false, true]);
    expect([pressure.held, pressure.paused]).toEqual([80, true]);
  });

  it('says what there is room for', () => {
    const pressure = new Pressure(10);
    pressure.add(8);
    expect([pressure.hasRoomFor(2), pressure.hasRoomFor(3)]).toEqual([true, false]);
  });

  it('no longer calls who has left', () => {
    const pressure = new Pressure(10);
    let calls = 0;
    const leave = pressure.subscribe(() => calls++);
    leave();
    pressure.add(10);
    expect(calls).toBe(0);
  });
});
