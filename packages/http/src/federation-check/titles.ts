import type { CheckStepId } from './check-step.ts';

/** What a step is called where people read it. */
export const STEP_TITLES: { readonly [id in CheckStepId]: string } = {
  name: 'Name',
  'well-known': 'Delegation',
  srv: 'SRV record',
  dns: 'Address',
  connection: 'Connection',
  tls: 'Certificate',
  keys: 'Signing keys',
  clock: 'Clock',
  version: 'Version',
  'signed-request': 'Signed request',
  inbound: 'Way back',
};
