import { describe, expect, it } from 'vitest';
import { createKeyring } from './keyring.js';

const tokens = [
  { name: 'grafana', token: 'read-0123456789abcdef', may: 'read' },
  { name: 'anna', token: 'admin-0123456789abcdef', may: 'admin' },
] as const;

describe('createKeyring', () => {
  it('finds the key of a secret, and none for anything else', () => {
    const ring = createKeyring(tokens);
    expect(ring.find('admin-0123456789abcdef')).toEqual({ name: 'anna', may: 'admin' });
    for (const wrong of ['', 'admin-0123456789abcde', 'admin-0123456789abcdef ', 'ADMIN-0123456789ABCDEF', '\0', '__proto__']) expect(ring.find(wrong)).toBeNull();
  });

  it('holds no secret in what can be printed of it', () => {
    expect(JSON.stringify(createKeyring(tokens))).not.toContain('0123456789abcdef');
  });

  it('knows its own sessions until they end', () => {
    const ring = createKeyring(tokens);
    const session = ring.seal({ name: 'grafana', may: 'read' }, 1000);
    expect(ring.unseal(session, 999)).toEqual({ name: 'grafana', may: 'read' });
    expect(ring.unseal(session, 1000)).toBeNull();
    expect(createKeyring([...tokens].reverse()).unseal(session, 999)).toEqual({ name: 'grafana', may: 'read' });
  });

  it('knows no session of a changed token, with a changed end or a changed letter', () => {
    const ring = createKeyring(tokens);
    const session = ring.seal({ name: 'anna', may: 'admin' }, 1000);
    expect(createKeyring([{ ...tokens[1], token: 'another-0123456789' }]).unseal(session, 0)).toBeNull();
    expect(ring.unseal(session.replace('1000.', '9999.'), 0)).toBeNull();
    for (let i = 0; i < session.length; i++) {
      const changed = session.slice(0, i) + (session[i] === 'A' ? 'B' : 'A') + session.slice(i + 1);
      expect(ring.unseal(changed, 0), changed).toBeNull();
    }
    for (const junk of ['', '.', '1000.', 'x.y', `1000.${'A'.repeat(43)}`, '1'.repeat(5000)]) expect(ring.unseal(junk, 0)).toBeNull();
  });
});
