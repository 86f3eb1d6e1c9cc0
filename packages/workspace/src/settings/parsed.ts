import type { FaultParameters } from '@causeway/homeserver';
import { type Fault, type FaultCode, faultOf } from '../faults.ts';

/** What somebody gave, as it is kept, or what is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

export const accepted = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const refused = (
  code: FaultCode,
  parameters: FaultParameters = {},
): { readonly ok: false; readonly fault: Fault } => ({ ok: false, fault: faultOf(code, parameters) });
