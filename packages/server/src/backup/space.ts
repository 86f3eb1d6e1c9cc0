import { statfsSync } from 'node:fs';
import { StoreFullError } from '@causeway/homeserver';
import { StartupError } from '../startup-error.ts';

/** Refuses before anything is written what would not fit. */
export const refuseWithoutSpace = (what: string, folder: string, bytes: number): void => {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new StartupError(
    `There is not enough space for ${what}: it needs ${inWords(bytes)} in ${folder}, and ${inWords(free)} are free. Nothing was changed.`,
  );
};

/** Decimal units, as disks are sold and `df -H` shows them. */
export const inWords = (bytes: number): string => {
  const [unit, size] =
    bytes >= 1e9 ? (['GB', 1e9] as const) : bytes >= 1e6 ? (['MB', 1e6] as const) : (['kB', 1e3] as const);
  return `${(bytes / size).toFixed(1)} ${unit}`;
};

/** For the person: why writing did not work. */
export const writeFault = (error: unknown): string =>
  writeFaultOf(error) ?? (error instanceof Error ? error.message : String(error));

/** The faults of a disk that an admin can do something about, in words; undefined for any other error. */
export const writeFaultOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { message } = error;
  switch ('code' in error ? error.code : undefined) {
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the quota of this user is used up';
    case 'EROFS':
      return 'the disk can only be read';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there';
    default:
  }
  if (error instanceof StoreFullError) return 'the disk is full';
  // SQLite's own words: https://sqlite.org/rescode.html
  if (/database or disk is full/.test(message)) return 'the disk is full';
  if (/readonly database/.test(message)) return 'the disk can only be read';
  if (/unable to open database file/.test(message))
    return 'this user may not write there, or the disk can only be read';
  if (/disk I\/O error/.test(message)) return 'the disk fails, or its quota is used up';
  if (/malformed|not a database/.test(message)) return 'it is damaged; restore a backup, with --replace';
  return undefined;
};
