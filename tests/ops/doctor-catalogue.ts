/**
 * Set-ups as they are found broken, each made for real. The check has to stumble over the very fault, not over
 * something before it, and say what to do.
 */
import { connectionCases } from './doctor-connection-cases.ts';
import { discoveryCases } from './doctor-discovery-cases.ts';
import { serverCases } from './doctor-server-cases.ts';
import type { CatalogueCase } from './doctor-set-ups.ts';
import { soundCases } from './doctor-sound-cases.ts';

export const catalogue: readonly CatalogueCase[] = [
  ...soundCases,
  ...discoveryCases,
  ...connectionCases,
  ...serverCases,
];
