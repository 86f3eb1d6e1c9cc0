import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, settingKeys } from './catalogue.ts';
import { type DomainRule, matchesDomain, parseDomainPattern, refusalOf } from './domain-rules.ts';

describe('the catalogue of settings', () => {
  it('takes every default, and says in a sentence what it does', () => {
    for (const key of settingKeys) {
      const { default: initial, parse, sentence, takesEffect } = catalogue[key];
      expect(parse(initial as never, 'north.test'), key).toMatchObject({ ok: true, value: initial });
      expect(sentence, key).toMatch(/^[A-Z].*\.$/);
      expect(takesEffect, key).not.toBe('');
    }
  });

  it('is in docs/configuration.md', () => {
    const docs = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
    for (const key of settingKeys) expect(docs).toContain(`| \`${key}\` |`);
  });
});

describe('a rule for a domain', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['example.com', 'EXAMPLE.com:8448', true],
    ['example.com', 'example.com.', true],
    ['example.com', 'evil-example.com', false],
    ['example.com', 'example.com.evil.org', false],
    ['example.com', 'chat.example.com', false],
    ['*.example.com', 'chat.example.com', true],
    ['*.example.com', 'a.b.example.com:443', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'evil-example.com', false],
    ['*.example.com', 'chat.example.com.evil.org', false],
    ['192.0.2.1', '192.0.2.1:8448', true],
    ['192.0.2.1', '192.0.2.10', false],
    ['[2001:db8::1]', '[2001:DB8::1]:8448', true],
    ['[2001:db8::1]', '[2001:db8::11]', false],
  ])('%s is for %s: %s', (pattern, serverName, expected) => {
    expect(matchesDomain(pattern, serverName)).toBe(expected);
  });

  it.each([
    [' Example.COM. ', 'example.com'],
    ['*.Example.com', '*.example.com'],
    ['[2001:DB8::1]', '[2001:db8::1]'],
  ])('"%s" is kept as %s', (text, kept) => {
    expect(parseDomainPattern(text)).toEqual({ ok: true, value: kept });
  });

  it.each([
    '',
    '*',
    '*.',
    '*example.com',
    'exam*ple.com',
    'a.*.com',
    '.com',
    'a..b',
    'a.test:8448',
    'https://a.test',
  ])('"%s" is refused in words', (text) => {
    expect(parseDomainPattern(text)).toMatchObject({
      ok: false,
      fault: { english: expect.stringContaining(' ') },
    });
  });

  it('that denies wins, and one that allows shuts out all others, each in its direction', () => {
    const rules: readonly DomainRule[] = [
      { domain: '*.good.test', direction: 'both', effect: 'allow' },
      { domain: 'bad.good.test', direction: 'inbound', effect: 'deny' },
    ];
    const refusal = (server: string, direction: 'inbound' | 'outbound') =>
      refusalOf(rules, server, direction);
    expect(refusal('a.good.test', 'inbound')).toBeUndefined();
    expect(refusal('bad.good.test', 'inbound')).toMatchObject({ effect: 'deny' });
    expect(refusal('bad.good.test', 'outbound')).toBeUndefined();
    expect(refusal('other.test', 'inbound')).toBe('not-listed');
    expect(refusalOf([], 'other.test', 'inbound')).toBeUndefined();
  });
});
