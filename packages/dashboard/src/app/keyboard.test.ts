import { describe, expect, it } from 'vitest';
import { commandOf, keySheet } from './keyboard.js';

const press = (key: string, more: Partial<Parameters<typeof commandOf>[0]> = {}): ReturnType<typeof commandOf> => commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, target: 'page', ...more });

describe('commandOf', () => {
  it('walks, opens, searches', () => {
    expect(['j', 'ArrowDown', 'k', 'ArrowUp', 'Enter', 'Escape', '/', 's', 'a', '?'].map((key) => press(key))).toEqual([
      'next', 'next', 'previous', 'previous', 'open', 'back', 'search', 'similar', 'acknowledge', 'help',
    ]);
  });

  it('leaves typing and combinations alone', () => {
    expect(press('j', { target: 'field' })).toBeNull();
    expect(press('Escape', { target: 'field' })).toBeNull();
    expect(press('a', { ctrlKey: true })).toBeNull();
    expect(press('s', { metaKey: true })).toBeNull();
    expect(press('constructor')).toBeNull();
  });

  it('leaves Enter and arrows to a control that has the focus, but not the letters', () => {
    expect(press('Enter', { target: 'control' })).toBeNull();
    expect(press('ArrowDown', { target: 'control' })).toBeNull();
    expect(press('j', { target: 'control' })).toBe('next');
  });

  it('has a sheet that names every command', () => {
    const sheetKeys = keySheet.flatMap(({ keys }) => keys).map((key) => ({ '↓': 'ArrowDown', '↑': 'ArrowUp', Esc: 'Escape' })[key] ?? key);
    expect(new Set(sheetKeys.map((key) => press(key))).size).toBe(keySheet.length);
  });
});
