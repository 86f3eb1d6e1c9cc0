import { Observable } from './observable.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'causeway.theme';
const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)');

function storedChoice(): ThemeChoice {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

export const themeChoice = new Observable<ThemeChoice>('system');

function apply(): void {
  const choice = themeChoice.get();
  const dark = choice === 'dark' || (choice === 'system' && systemDark().matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

export function followTheme(): void {
  themeChoice.set(storedChoice());
  apply();
  systemDark().addEventListener('change', apply);
}

export function chooseTheme(choice: ThemeChoice): void {
  localStorage.setItem(STORAGE_KEY, choice);
  themeChoice.set(choice);
  apply();
}
