import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { REFUSALS } from '@causeway/homeserver';
import { ADVICE, FINDINGS } from '@causeway/http';
import { FAULTS, settingsCatalogue } from '@causeway/workspace';
import { expect, it } from 'vitest';

const catalogue = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../packages/web/src/i18n/en.json'), 'utf8'),
) as Record<'finding' | 'advice' | 'fault', Record<string, string>> & {
  readonly setting: Record<string, unknown>;
};

const named = (sentence: string): readonly string[] => (sentence.match(/\{\{\w+\}\}/g) ?? []).toSorted();

/** What the server says in English, the page says too, and neither names what is not there. */
it('has words in the web app for every finding of the federation check, every advice, and every fault that a refusal names', () => {
  const advice = Object.fromEntries(Object.entries(ADVICE).map(([code, { text }]) => [code, text]));
  for (const [kind, told] of [
    ['finding', FINDINGS],
    ['advice', advice],
    ['fault', { ...REFUSALS, ...FAULTS }],
  ] as const) {
    expect(Object.keys(catalogue[kind]).toSorted()).toEqual(Object.keys(told).toSorted());
    for (const [code, sentence] of Object.entries(told)) {
      expect([code, named(catalogue[kind][code] ?? '')]).toEqual([code, named(sentence)]);
    }
  }
});

it('has one sentence for a code, whoever refuses', () => {
  expect(Object.keys(REFUSALS).filter((code) => code in FAULTS)).toEqual([]);
});

type SettingTexts = { label?: string; sentence?: string; unit?: string; choices?: Record<string, string> };

it('has words in the web app for every setting and every choice of it', () => {
  for (const [key, { control }] of Object.entries(settingsCatalogue)) {
    const [group = '', name = ''] = key.split('.');
    const texts = (catalogue.setting[group] as Record<string, SettingTexts> | undefined)?.[name] ?? {};
    expect([key, typeof texts.label, typeof texts.sentence]).toEqual([key, 'string', 'string']);
    // What is called by its value, such as a room version, is so in all languages.
    const choices = control.kind === 'choice' ? control.choices.filter((one) => one.label !== one.value) : [];
    expect([key, Object.keys(texts.choices ?? {}).toSorted()]).toEqual([
      key,
      choices.map(({ value }) => value).toSorted(),
    ]);
    expect([key, texts.unit !== undefined]).toEqual([key, control.kind === 'number']);
  }
});
