import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkTexts } from './check-texts.ts';

/** A web app with a catalogue of three texts, all used, and one more module. */
const webAppWith = (planted: string) => {
  const root = mkdtempSync(join(tmpdir(), 'causeway-texts-'));
  const source = join(root, 'packages/web/src');
  mkdirSync(join(source, 'i18n'), { recursive: true });
  const catalogue = {
    door: { open: 'Open', people_one: '{{count}} person', people_other: '{{count}} people' },
  };
  writeFileSync(join(source, 'i18n/en.json'), JSON.stringify(catalogue));
  writeFileSync(
    join(source, 'door.tsx'),
    `export const Door = () => <b title={t('door.open')}>{t('door.people', { count: 2 })} → </b>;\n`,
  );
  writeFileSync(join(source, 'planted.tsx'), planted);
  return root;
};

describe('the check of texts', () => {
  it('finds nothing wrong in this repository, and saw it', () => {
    const { keys, faults } = checkTexts(resolve(import.meta.dirname, '..'));
    expect(faults).toEqual([]);
    expect(keys).toBeGreaterThan(300);
  });

  it('finds nothing wrong where nothing is', () => {
    expect(checkTexts(webAppWith('export const x = 1;\n'))).toEqual({ keys: 2, faults: [] });
  });

  it.each([
    ["t('door.shut');", 'there is no text door.shut'],
    ['<p>Hello there</p>;', '“Hello there” is not in the catalogue'],
    ["<p>{'Hello there'}</p>;", '“Hello there” is not in the catalogue'],
    ['<input placeholder="Your name" />;', '“Your name” is not in the catalogue'],
    ['<button aria-label={"Close it"} />;', '“Close it” is not in the catalogue'],
  ])('objects to %s', (planted, fault) => {
    const { faults } = checkTexts(webAppWith(planted));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  it('objects to a text that is empty: its key would be shown', () => {
    const root = webAppWith('export const x = 1;\n');
    const catalogue = { door: { open: ' ', people_other: '{{count}}' } };
    writeFileSync(join(root, 'packages/web/src/i18n/en.json'), JSON.stringify(catalogue));
    expect(checkTexts(root).faults).toEqual(['packages/web/src/i18n/en.json: door.open is empty']);
  });

  it('objects to a text that nobody uses', () => {
    const root = webAppWith('export const x = 1;\n');
    const catalogue = { door: { open: 'Open', people_other: '{{count}}', knock: 'Knock' } };
    writeFileSync(join(root, 'packages/web/src/i18n/en.json'), JSON.stringify(catalogue));
    expect(checkTexts(root).faults).toEqual(['packages/web/src/i18n/en.json: door.knock is not used']);
  });
});
