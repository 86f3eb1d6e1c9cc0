import { fileURLToPath } from 'node:url';

/** Where the built web app lies: its package's `dist`, wherever npm put the package. */
export const webAppFolder: string = fileURLToPath(
  new URL('./dist/', import.meta.resolve('@causeway/web/package.json')),
);
