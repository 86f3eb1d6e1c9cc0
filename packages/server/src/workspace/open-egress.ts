import { readFileSync } from 'node:fs';
import { createEgress, type Egress } from '@causeway/http';
import type { Config } from '../config/config.ts';
import { version } from '../version.ts';

/** The way out to other servers, as configured. */
export const openEgress = (config: Config): Egress =>
  createEgress({
    dnsServers: config.dnsServers,
    overrides: new Map(Object.entries(config.federationOverrides)),
    allowPrivateAddresses: config.allowPrivateAddresses,
    userAgent: `Causeway/${version}`,
    ...(config.caCertFile === undefined ? {} : { extraCa: readFileSync(config.caCertFile, 'utf8') }),
  });
