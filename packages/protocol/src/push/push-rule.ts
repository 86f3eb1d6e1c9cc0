import type { JsonObject, JsonValue } from '../json/json-value.ts';

/**
 * A push rule as clients read and write it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#push-rules
 */
export type PushRule = JsonObject & {
  readonly rule_id: string;
  readonly default: boolean;
  readonly enabled: boolean;
  readonly actions: readonly JsonValue[];
  /** Of override and underride rules. */
  readonly conditions?: readonly JsonObject[];
  /** Of content rules. */
  readonly pattern?: string;
};

/** From the highest priority to the lowest. */
export const pushRuleKinds = ['override', 'content', 'room', 'sender', 'underride'] as const;

export type PushRuleKind = (typeof pushRuleKinds)[number];

/** Rules of each kind, the highest priority first. */
export type PushRuleset = { readonly [kind in PushRuleKind]: readonly PushRule[] };
