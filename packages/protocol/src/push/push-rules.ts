import type { UserId } from '../identifiers/identifiers.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';

export type PushRule = {
  readonly rule_id: string;
  readonly default: boolean;
  readonly enabled: boolean;
  readonly actions: readonly JsonValue[];
  readonly conditions?: readonly JsonObject[];
  readonly pattern?: string;
};

export type PushRuleKind = 'override' | 'content' | 'room' | 'sender' | 'underride';

export type PushRuleset = { readonly [kind in PushRuleKind]: readonly PushRule[] };

export type PushContext = {
  readonly userId: UserId;
  readonly displayName: string | undefined;
  readonly memberCount: number;
  readonly senderPowerLevel: number;
  /** `content.notifications` of the room's power levels. */
  readonly notificationLevels: JsonObject | undefined;
};

export type PushVerdict = { readonly notify: boolean; readonly highlight: boolean; readonly sound?: string };

/** The rules every account has. */
export function defaultPushRules(userId: UserId): PushRuleset {
  throw new Error(`not yet ${userId}`);
}

/** What the first matching rule asks for; nothing when none matches. */
export function evaluatePushRules(
  ruleset: PushRuleset,
  event: JsonObject,
  context: PushContext,
): PushVerdict {
  throw new Error(`not yet ${ruleset.override.length} ${typeof event} ${context.userId}`);
}
