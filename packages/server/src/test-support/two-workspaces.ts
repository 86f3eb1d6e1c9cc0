/** A process with both workspaces of the demo, which tells its parent where they are and how much memory it took. */
import { rmSync } from 'node:fs';
import { startDemo } from '../demo/start-demo.ts';
import { temporaryFolder } from './causeway-process.ts';

export type FromWorkspaces =
  | { readonly kind: 'ready'; readonly urls: readonly string[] }
  /** Resident bytes: now, and the most since the last question. */
  | { readonly kind: 'memory'; readonly now: number; readonly peak: number };

const SAMPLE_MS = 20;

const tell = (message: FromWorkspaces) => process.send?.(message);

let peak = 0;
const sample = () => {
  peak = Math.max(peak, process.memoryUsage.rss());
};
setInterval(sample, SAMPLE_MS);

process.on('message', () => {
  globalThis.gc?.();
  const now = process.memoryUsage.rss();
  sample();
  tell({ kind: 'memory', now, peak });
  peak = now;
});

const dataDir = temporaryFolder();
process.on('disconnect', () => {
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
});

const { workspaces } = await startDemo({
  dataDir,
  ports: [0, 0],
  progress: { step: (_what, work) => work() },
});
tell({ kind: 'ready', urls: workspaces.map(({ url }) => url) });
