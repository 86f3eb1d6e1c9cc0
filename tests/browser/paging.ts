/** Goes through a long conversation as somebody does who reads it. */
import type { Page, Response } from 'playwright-core';

type Entries = { readonly oldest: number; readonly newest: number; readonly limitMs: number };

/** Scrolls up through the messages `entry N;` from the newest to the oldest, and sees each of them once. */
export async function pageBack(page: Page, entries: Entries): Promise<void> {
  const { oldest, newest, limitMs } = entries;
  const asked: string[] = [];
  const onAnswer = (answer: Response) => {
    if (!answer.url().includes('/messages?')) return;
    const query = new URL(answer.url()).searchParams;
    answer.json().then(
      ({ chunk, end }: { chunk?: unknown[]; end?: string }) =>
        asked.push(`${answer.status()} from ${query.get('from')} to ${end}: ${chunk?.length} events`),
      (problem: unknown) => asked.push(`${answer.status()} ${problem}`),
    );
  };
  page.on('response', onAnswer);
  const seen = (await page.evaluate(`(async () => {
    const seen = new Set();
    const log = document.querySelector('[role=log]');
    const end = Date.now() + ${limitMs};
    while (!seen.has(${oldest}) && Date.now() < end) {
      const inView = [];
      for (const article of log.querySelectorAll('article')) {
        const found = /entry (\\d+);/.exec(article.textContent);
        if (found) inView.push(Number(found[1]));
      }
      for (let at = 1; at < inView.length; at++) {
        if (inView[at] !== inView[at - 1] + 1) return 'entry ' + inView[at] + ' follows ' + inView[at - 1];
      }
      for (const entry of inView) seen.add(entry);
      log.scrollTop -= log.clientHeight * 0.7;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
    for (let entry = ${newest}; entry >= ${oldest}; entry--) {
      if (!seen.has(entry)) return 'entry ' + entry + ' was never shown; ' + seen.size + ' were';
    }
    return '';
  })()`)) as string;
  page.off('response', onAnswer);
  if (seen)
    throw new Error([seen, `${asked.length} pages were fetched, at last:`, ...asked.slice(-5)].join('\n'));
}
