import { t } from '../i18n/translate.ts';

/** In this order: later ones are named in what earlier ones say of themselves. */
const BROWSERS = [
  ['Edge', /\bEdg/],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const;

const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const;

const find = (agent: string, kinds: readonly (readonly [string, RegExp])[]): string | undefined =>
  kinds.find(([, pattern]) => pattern.test(agent))?.[0];

/** What a session is called in the list of sessions: one knows one’s own browsers by it. */
export function sessionName(agent: string): string {
  const [browser, system] = [find(agent, BROWSERS), find(agent, SYSTEMS)];
  return browser && system ? t('sessions.name', { browser, system }) : t('sessions.unknownName');
}
