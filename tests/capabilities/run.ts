/**
 * `npm run capabilities`: writes docs/capabilities.md from the results of the suites. With `--check` it
 * writes nothing and fails when the page differs, when a behaviour does not work, or when results are absent.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readResults, readTestFiles } from './results.ts';
import { renderTable } from './table.ts';

const PAGE = fileURLToPath(new URL('../../docs/capabilities.md', import.meta.url));

const { page, count } = renderTable({
  scenarios: [...readResults('browser'), ...readResults('interop')],
  testFiles: readTestFiles(),
});
console.log(`${count.works} work, ${count['does not']} do not, ${count['not shown']} are not shown`);
if (count['does not'] > 0) process.exitCode = 1;
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page);
  console.log('docs/capabilities.md is written');
} else if (readFileSync(PAGE, 'utf8') !== page) {
  console.log('docs/capabilities.md differs from the results: run `npm run capabilities` and commit it');
  process.exitCode = 1;
}
