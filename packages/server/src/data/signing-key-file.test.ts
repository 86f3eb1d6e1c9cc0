import { chmodSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareDataFolder } from './data-folder.ts';
import { loadSigningKey, replaceSigningKey } from './signing-key-file.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'causeway-data-'));

describe('the signing key', () => {
  it('is made once, for its owner only, and read again', () => {
    const path = join(folder(), 'signing.key');
    const made = loadSigningKey(path);
    expect(made.seed).toHaveLength(32);
    expect(made.version).toMatch(/^[a-z0-9]{8}$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(loadSigningKey(path)).toEqual(made);
  });

  it('has an ID of its own each time', () => {
    const versions = new Set(
      Array.from({ length: 20 }, () => loadSigningKey(join(folder(), 'signing.key')).version),
    );
    expect(versions.size).toBe(20);
  });

  it.each([0o640, 0o604, 0o644, 0o660])('is refused when others can read it (mode %o)', (mode) => {
    const path = join(folder(), 'signing.key');
    loadSigningKey(path);
    chmodSync(path, mode);
    expect(() => loadSigningKey(path)).toThrow(/can be read by others.*chmod 600/s);
  });

  it.each(['', 'ed25519 a', 'ed25519 a AAAA', 'rsa a AAAA', 'ed25519 a b c'])(
    'that reads %j is refused',
    (text) => {
      const path = join(folder(), 'signing.key');
      writeFileSync(path, text, { mode: 0o600 });
      expect(() => loadSigningKey(path)).toThrow(/damaged/);
    },
  );
});

describe('a new signing key', () => {
  it('takes the place of the one before, for its owner only, and nothing else is left', () => {
    const path = join(folder(), 'signing.key');
    const before = loadSigningKey(path);
    const { seed, version } = replaceSigningKey(path);
    expect(version).not.toBe(before.version);
    expect(loadSigningKey(path)).toEqual({ seed, version });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(['signing.key']);
  });

  it('is taken back', () => {
    const path = join(folder(), 'signing.key');
    const before = loadSigningKey(path);
    replaceSigningKey(path).undo();
    expect(loadSigningKey(path)).toEqual(before);
  });

  it('is not hindered by what a process left behind that ended while it wrote', () => {
    const path = join(folder(), 'signing.key');
    const before = loadSigningKey(path);
    writeFileSync(`${path}.new`, 'ed25519 half', { mode: 0o600 });
    expect(loadSigningKey(path)).toEqual(before);
    expect(replaceSigningKey(path).version).not.toBe(before.version);
    expect(readdirSync(dirname(path))).toEqual(['signing.key']);
  });

  it('is refused where the one before can be read by others', () => {
    const path = join(folder(), 'signing.key');
    const before = loadSigningKey(path);
    chmodSync(path, 0o644);
    expect(() => replaceSigningKey(path)).toThrow(/can be read by others/);
    chmodSync(path, 0o600);
    expect(loadSigningKey(path)).toEqual(before);
  });
});

describe('the data folder', () => {
  it('is made for its owner only', () => {
    const path = join(folder(), 'a', 'b');
    prepareDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('is closed to others when it was open', () => {
    const path = folder();
    chmodSync(path, 0o755);
    prepareDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it('that cannot be is refused with its variable', () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    expect(() => prepareDataFolder(join(path, 'data'))).toThrow(/CAUSEWAY_DATA_DIR/);
  });
});
