/** All settings of a workspace, as data. What is in force is asked of `Settings`. */
import {
  getRoomVersion,
  isJsonArray,
  type JsonValue,
  KNOWN_ROOM_VERSIONS,
  parseServerName,
  parseServerNameParts,
} from '@causeway/protocol';
import { parseDomainPattern, parseDomainRules } from './domain-rules.ts';
import { accepted, type Parsed, refused } from './parsed.ts';
import type { Setting, SettingKey, SettingValues } from './setting.ts';

/** Below it the first version whose power levels are whole numbers, rooms are open to old mistakes. */
const OFFERED_VERSIONS = KNOWN_ROOM_VERSIONS.filter((id) => getRoomVersion(id)?.integerPowerLevels === true);

const HISTORY = [
  { value: 'shared', label: 'Everybody in the room, also what was before they came' },
  { value: 'invited', label: 'From their invitation on' },
  { value: 'joined', label: 'From when they joined' },
] as const;

const MAX_UPLOAD_MIB = 512;
/** Larger ones are moved in other ways; a mistyped number must not fill the disk. */
const LARGEST_UPLOAD_MIB = 16_384;
const MAX_LIST = 200;

const parseSwitch = (value: JsonValue): Parsed<boolean> =>
  typeof value === 'boolean' ? accepted(value) : refused('no-switch');

const parseChoice =
  <const C extends string>(choices: readonly C[]) =>
  (value: JsonValue): Parsed<C> => {
    const choice = choices.find((one) => one === value);
    return choice === undefined ? refused('no-choice', { choices: choices.join(', ') }) : accepted(choice);
  };

const parseNumber =
  (min: number, max: number) =>
  (value: JsonValue): Parsed<number> =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? accepted(value)
      : refused('no-number', { least: min, most: max });

/** `image/svg+xml`, or `video/*` for all of a kind. */
const parseTypes = (value: JsonValue): Parsed<readonly string[]> => {
  if (!isJsonArray(value) || value.length > MAX_LIST) return refused('list-too-long', { most: MAX_LIST });
  const types: string[] = [];
  for (const entry of value) {
    const type = typeof entry === 'string' ? entry.trim().toLowerCase() : '';
    if (!/^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,126})$/.test(type)) {
      return refused('file-type', { type: String(entry) });
    }
    if (!types.includes(type)) types.push(type);
  }
  return accepted(types);
};

const parseDomainList = (value: JsonValue): Parsed<readonly string[]> => {
  if (!isJsonArray(value) || value.length > MAX_LIST) return refused('list-too-long', { most: MAX_LIST });
  const domains: string[] = [];
  for (const entry of value) {
    const domain = parseDomainPattern(String(entry));
    if (!domain.ok) return domain;
    if (!domains.includes(domain.value)) domains.push(domain.value);
  }
  return accepted(domains);
};

/** Each may keep a message waiting for some seconds. */
const MAX_NOTARIES = 5;

const parseNotaries = (value: JsonValue, ownName: string): Parsed<readonly string[]> => {
  if (!isJsonArray(value) || value.length > MAX_NOTARIES)
    return refused('list-too-long', { most: MAX_NOTARIES });
  const names: string[] = [];
  for (const entry of value) {
    const name = typeof entry === 'string' ? parseServerName(entry.trim().toLowerCase()) : undefined;
    if (name === undefined) {
      return refused('no-server', { name: String(entry) });
    }
    if (name === ownName) return refused('own-notary', { name });
    if (!names.includes(name)) names.push(name);
  }
  return accepted(names);
};

/** Empty: the domain of the server name. */
const parseEmailDomain = (value: JsonValue): Parsed<string> => {
  if (typeof value !== 'string') return refused('no-email-domain');
  const domain = value.trim().toLowerCase().replace(/^@/, '');
  if (domain === '') return accepted('');
  const name = parseServerName(domain);
  if (name === undefined || parseServerNameParts(name).port !== undefined || domain.includes('..')) {
    return refused('email-domain', { domain: value });
  }
  return accepted(domain);
};

const settingOfSwitch = (setting: Omit<Setting<boolean>, 'control' | 'parse'>): Setting<boolean> => ({
  ...setting,
  control: { kind: 'switch' },
  parse: parseSwitch,
});

export const catalogue: { readonly [K in SettingKey]: Setting<SettingValues[K]> } = {
  'federation.enabled': settingOfSwitch({
    group: 'federation',
    label: 'Federation',
    sentence:
      'Exchanges messages with other organisations. When off, rooms shared with them can be read but not written to; what was missed arrives when it is on again.',
    default: true,
    takesEffect: 'every request from and to other servers, and writing in shared rooms',
  }),
  'federation.rules': {
    group: 'federation',
    label: 'Domains',
    sentence:
      'Allows or denies organisations by domain and direction. A rule that denies wins; as soon as one allows, only those that are allowed get through.',
    control: { kind: 'rules' },
    default: [],
    takesEffect: 'every request from and to other servers',
    parse: parseDomainRules,
  },
  'federation.first-contact': settingOfSwitch({
    group: 'federation',
    label: 'First contact waits for approval',
    sentence:
      'The first room shared with an organisation waits until an admin approves that organisation; until then nothing is sent to it. Organisations that share rooms with you when it is switched on count as approved.',
    default: false,
    takesEffect: 'every request from and to organisations that nobody decided about',
  }),
  'federation.auto-approve': {
    group: 'federation',
    label: 'Approved without asking',
    sentence:
      'Organisations whose first contact does not wait: example.com, or *.example.com for everything below it.',
    control: { kind: 'list', example: '*.example.com' },
    default: [],
    takesEffect: 'the next request from or to such an organisation, and what waits for one',
    parse: parseDomainList,
  },
  'federation.notaries': {
    group: 'federation',
    label: 'Notaries',
    sentence:
      'Servers that are asked for the signing keys of servers that do not answer, in this order. They are believed about them, so name only those that you trust.',
    control: { kind: 'list', example: 'matrix.org' },
    default: [],
    takesEffect: 'the next key that is not known',
    parse: parseNotaries,
  },
  'federation.typing': settingOfSwitch({
    group: 'ephemeral',
    label: 'Typing',
    sentence: 'Tells other organisations who is typing, and shows who types there.',
    default: true,
    takesEffect: 'typing from and to other servers',
  }),
  'federation.presence': settingOfSwitch({
    group: 'ephemeral',
    label: 'Presence',
    sentence: 'Tells other organisations who is online, and shows who is online there.',
    default: true,
    takesEffect: 'presence from and to other servers',
  }),
  'federation.receipts': settingOfSwitch({
    group: 'ephemeral',
    label: 'Read receipts',
    sentence: 'Tells other organisations what was read, and shows what was read there.',
    default: true,
    takesEffect: 'receipts from and to other servers',
  }),
  'federation.join-encrypted': settingOfSwitch({
    group: 'joining',
    label: 'Joining encrypted rooms',
    sentence:
      'Lets people join encrypted rooms of other organisations, whose messages this workspace can not search.',
    default: true,
    takesEffect: 'joining a room through another server',
  }),
  'federation.join-public': settingOfSwitch({
    group: 'joining',
    label: 'Joining public rooms',
    sentence: 'Lets people join rooms of other organisations that anybody can join, without an invitation.',
    default: true,
    takesEffect: 'joining a room through another server',
  }),
  'federation.require-email': settingOfSwitch({
    group: 'people',
    label: 'E-mail address required',
    sentence:
      'Only people whose e-mail address an admin marked as verified, and whose address is on your domain, take part in rooms with other organisations.',
    default: false,
    takesEffect: 'everything that the permission access-federation is for',
  }),
  'federation.email-domain': {
    group: 'people',
    label: 'Your e-mail domain',
    sentence: 'What stands after the @ of your people’s addresses. Empty: the domain of the server name.',
    control: { kind: 'text' },
    default: '',
    takesEffect: 'where an e-mail address is required',
    parse: parseEmailDomain,
  },
  'rooms.default-version': {
    group: 'rooms',
    label: 'Version of new rooms',
    sentence: 'The Matrix room version that new and upgraded rooms get.',
    control: { kind: 'choice', choices: OFFERED_VERSIONS.map((value) => ({ value, label: value })) },
    default: '12',
    takesEffect: 'rooms that are made from now on',
    parse: parseChoice<string>(OFFERED_VERSIONS),
  },
  'rooms.default-history': {
    group: 'rooms',
    label: 'History of new rooms',
    sentence: 'Who can read what was written before they came, in rooms that say nothing else.',
    control: { kind: 'choice', choices: HISTORY },
    default: 'shared',
    takesEffect: 'rooms that are made from now on',
    parse: parseChoice(HISTORY.map((choice) => choice.value)),
  },
  'media.max-upload-mib': {
    group: 'media',
    label: 'Largest file',
    sentence: 'The largest file that people can send, and that is fetched from other organisations.',
    control: { kind: 'number', min: 1, max: LARGEST_UPLOAD_MIB, unit: 'MiB' },
    default: MAX_UPLOAD_MIB,
    takesEffect: 'the next upload or download',
    parse: parseNumber(1, LARGEST_UPLOAD_MIB),
  },
  'media.refused-types': {
    group: 'media',
    label: 'Kinds of files refused',
    sentence: 'Files of these kinds can not be sent.',
    control: { kind: 'list', example: 'application/x-msdownload' },
    default: [],
    takesEffect: 'the next upload',
    parse: parseTypes,
  },
};

export const isSettingKey = (text: string): text is SettingKey => Object.hasOwn(catalogue, text);

export const settingKeys: readonly SettingKey[] = Object.keys(catalogue).filter(isSettingKey);
