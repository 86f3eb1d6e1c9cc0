import type { HistoryVisibility, JsonValue } from '@causeway/protocol';
import type { DomainRule } from './domain-rules.ts';
import type { Parsed } from './parsed.ts';

/** Every setting there is, and what it holds. */
export type SettingValues = {
  readonly 'federation.enabled': boolean;
  readonly 'federation.rules': readonly DomainRule[];
  readonly 'federation.first-contact': boolean;
  readonly 'federation.auto-approve': readonly string[];
  readonly 'federation.notaries': readonly string[];
  readonly 'federation.typing': boolean;
  readonly 'federation.presence': boolean;
  readonly 'federation.receipts': boolean;
  readonly 'federation.join-encrypted': boolean;
  readonly 'federation.join-public': boolean;
  readonly 'federation.require-email': boolean;
  readonly 'federation.email-domain': string;
  readonly 'rooms.default-version': string;
  readonly 'rooms.default-history': HistoryVisibility;
  readonly 'media.max-upload-mib': number;
  readonly 'media.refused-types': readonly string[];
};

export type SettingKey = keyof SettingValues;

/** What an admin sees to change it with. */
export type SettingControl =
  | { readonly kind: 'switch' }
  | {
      readonly kind: 'choice';
      readonly choices: readonly { readonly value: string; readonly label: string }[];
    }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly unit: string }
  | { readonly kind: 'text' }
  | { readonly kind: 'list'; readonly example: string }
  | { readonly kind: 'rules' };

export type SettingGroup = 'federation' | 'ephemeral' | 'joining' | 'people' | 'rooms' | 'media';

export type Setting<T> = {
  readonly group: SettingGroup;
  readonly label: string;
  /** One sentence: what it does. */
  readonly sentence: string;
  readonly control: SettingControl;
  readonly default: T;
  /** Where it holds from the next moment on; nothing needs a restart. */
  readonly takesEffect: string;
  /** What somebody gave, as it is kept, or what is wrong with it. */
  readonly parse: (value: JsonValue, ownName: string) => Parsed<T>;
};
