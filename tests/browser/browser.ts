/** Chromium, and people in it. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { DemoUser, DemoWorkspace } from './workspaces.ts';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

/** Where Chromium is, or undefined when it is not installed. */
export function findChromium(): string | undefined {
  return [process.env.CAUSEWAY_CHROMIUM ?? '', ...CANDIDATES].find((path) => path && existsSync(path));
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Somebody at a browser of their own. */
export type Person = {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly user: DemoUser;
  readonly workspace: DemoWorkspace;
};

/** What the pages complained about: errors of the app, and what the content security policy stopped. */
export const complaints: string[] = [];

export async function openPage(
  browser: Browser,
  url: string,
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({
    viewport: { width: 1600, height: 1000 },
    colorScheme: 'light',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => complaints.push(`${url}: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(`${url}: ${message.text()}`);
  });
  await page.goto(url);
  return { page, context };
}

export async function signIn(browser: Browser, workspace: DemoWorkspace, user: DemoUser): Promise<Person> {
  const { page, context } = await openPage(browser, workspace.url);
  await page.getByLabel('User name').fill(user.username);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: /^Invitations/ }).waitFor();
  return { page, context, user, workspace };
}
