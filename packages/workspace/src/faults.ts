/**
 * What is wrong with what an admin gave, or who was faster. A refusal has the English sentence for whoever has nothing
 * better, and a code with what the sentence names, so that a page can say it in its own words.
 */
import { MatrixError } from '@causeway/homeserver';

/** By code, with `{{names}}`; `ts` is a moment in milliseconds since 1970. */
export const FAULTS = {
  'account-changed':
    '{{who}} changed {{person}} on {{ts}}, after you opened it. Look at what it is now, then change it.',
  'account-deactivated': 'The account {{person}} is deactivated.',
  'account-ended-already': 'The account {{person}} is deactivated already.',
  'account-erased': 'The account {{person}} was erased; that can not be taken back.',
  'account-erased-already': 'The account {{person}} is erased already.',
  'account-open': 'The account {{person}} is not deactivated.',
  'account-unknown': 'There is no account {{person}} in this workspace.',
  'address-wildcard': 'There is nothing below the address {{domain}}. Leave out *.',
  'contact-decided':
    '{{who}} decided about {{organisation}} on {{ts}}, after you opened it. Look at what it is now, then decide.',
  'contact-undecided': 'Nobody has decided about {{organisation}} yet.',
  'domains-no-list': 'The domains of "{{permission}}" must be a list.',
  'email-address': '"{{address}}" is not an e-mail address.',
  'email-domain': '"{{domain}}" is not a domain. Write what stands after the @ of your addresses.',
  'file-type': '"{{type}}" is not a kind of file: write image/svg+xml, or video/* for all of them.',
  'link-ended': 'This link has ended already.',
  'link-expired': 'The time of this link is over. Ask an admin for a new one.',
  'link-hours': 'A link is for {{least}} to {{most}} hours.',
  'link-no-admin': 'A link makes nobody an admin. Invite the person, then give them the role.',
  'link-not-found': 'There is no such link. Look whether all of it was copied.',
  'link-note': 'A note has at most {{most}} characters.',
  'link-people': 'A link is for {{least}} to {{most}} people.',
  'link-unknown': 'There is no such link.',
  'link-used': 'This link was used already. Ask an admin for a new one.',
  'link-withdrawn': 'An admin withdrew this link, or made a newer one. Ask an admin for a new one.',
  'list-too-long': 'This must be a list of at most {{most}}.',
  'name-long': 'A name has at most {{most}} characters.',
  'no-choice': 'This must be one of {{choices}}.',
  'no-domain': '"{{domain}}" is not a domain. Write it without https:// and paths.',
  'no-email-domain': 'This must be a domain, such as example.org.',
  'no-number': 'This must be a whole number from {{least}} to {{most}}.',
  'no-server': '"{{name}}" is not the name of a server. Write it without https:// and paths.',
  'no-switch': 'This is either on (true) or off (false).',
  'not-listed': 'Only organisations on a list are allowed, and {{domain}} is not on it.',
  'only-admin': 'This is the only admin. Make somebody else an admin first.',
  'own-notary': '{{name}} is this server, which knows no more than itself.',
  'own-organisation': '{{organisation}} is this organisation itself.',
  'password-empty': 'A password must not be empty.',
  'password-long': 'A password has at most {{most}} bytes.',
  'password-short': 'Choose a password of at least {{least}} characters.',
  'permission-unknown': 'There is no permission {{permission}}; there is {{permissions}}.',
  'reason-missing': 'Say why: the reason is told to the people who wait, and to the other side.',
  'registration-closed': 'Registration is closed in this workspace. Ask an admin for an account.',
  'registration-needs-token': 'Registration in this workspace needs a registration token.',
  'right-without-held': '"{{permission}}" must say whether it is held: { "held": true }.',
  'role-built-in': 'The role {{role}} is always there.',
  'role-changed':
    '{{who}} changed the role {{role}} on {{ts}}, after you opened it. Look at what it is now, then change it.',
  'role-fixed': 'Admins may do everything; that can not be changed.',
  'role-held': 'The role {{role}} is in use ({{people}}). Give its people another first.',
  'role-name': 'The name of a role has 1 to 32 small letters, digits and hyphens, a letter first.',
  'role-unchanged': 'The role {{role}} has not been changed yet.',
  'role-unknown': 'There is no role {{role}}.',
  'roles-too-many': 'There can be at most {{most}} roles.',
  'rule-all': '"{{domain}}" is not a rule: write example.com, or *.example.com for everything below it.',
  'rule-also': 'The rule for {{rule}} denies {{domain}}, too. Change it in the settings.',
  'rule-direction': 'The direction of the rule for {{domain}} must be inbound, outbound or both.',
  'rule-effect': 'The rule for {{domain}} must either allow or deny.',
  'rule-incomplete': 'A rule has a domain, a direction and an effect.',
  'rule-letters': '"{{domain}}" has letters that server names do not have. Write the name as xn--….',
  'rule-of-own-domain':
    'A rule that denies {{rule}} would lock out your own domain {{domain}}. To stop all exchange, switch federation off.',
  'rule-port': 'Write {{domain}} without the port: a rule is for a domain, whatever its port.',
  'rule-twice': 'There are two rules that do the same for {{domain}}. Keep one.',
  'rules-no-list': 'The rules must be a list.',
  'rules-too-many': 'There can be at most {{most}} rules.',
  'search-long': 'Search for something shorter.',
  'session-ended': 'This session has ended already.',
  'setting-changed':
    '{{who}} changed "{{setting}}" on {{ts}}, after you opened it. Look at what it is now, then change it.',
  'setting-unchanged': '{{setting}} has not been changed yet.',
  'setting-unknown': 'There is no setting {{setting}}.',
  'signing-key-changed': 'The key in use is {{key}} by now. Look at it, then decide again.',
  'token-ended': 'This token has ended already.',
  'token-invalid': 'This registration token is not valid.',
  'token-letters': 'A token has 1 to {{most}} letters, digits and the characters . _ ~ -',
  'token-past': 'The token would have ended already.',
  'token-people': 'A token is for {{least}} to {{most}} people, or for any number.',
  'token-taken': 'There is, or was, such a token already.',
  'token-unknown': 'There is no such token.',
  'user-name':
    'A user name may have the letters a to z, digits and the characters . _ = - / + and must not be too long.',
  'user-name-taken': 'The user name {{name}} is taken.',
} as const;

export type FaultCode = keyof typeof FAULTS;
export type FaultParameters = { readonly [name: string]: string | number };

export type Fault = {
  readonly code: FaultCode;
  readonly parameters: FaultParameters;
  /** For whoever has no words for the code. */
  readonly english: string;
};

/** `called` are names for what has a key among the parameters: the label of a setting. */
export const faultOf = (
  code: FaultCode,
  parameters: FaultParameters = {},
  called: FaultParameters = {},
): Fault => {
  const named = { ...parameters, ...called };
  const english = FAULTS[code].replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = named[name] ?? '';
    return name === 'ts' ? inWords(Number(value)) : String(value);
  });
  return { code, parameters, english };
};

type RefusalCode =
  | 'CAUSEWAY_LINK_EXPIRED'
  | 'CAUSEWAY_LINK_USED'
  | 'CAUSEWAY_LINK_WITHDRAWN'
  | 'M_CONFLICT'
  | 'M_FORBIDDEN'
  | 'M_INVALID_PARAM'
  | 'M_INVALID_USERNAME'
  | 'M_NOT_FOUND'
  | 'M_USER_DEACTIVATED'
  | 'M_USER_IN_USE'
  | 'M_WEAK_PASSWORD';

/** The refusal of a request; `details` are further members of its body. */
export const refusal = (
  errcode: RefusalCode,
  { code, parameters, english }: Fault,
  details: { readonly [name: string]: string | number } = {},
): MatrixError => new MatrixError(errcode, english, { ...details, fault: code, parameters });

const inWords = (ts: number) => `${new Date(ts).toISOString().slice(0, 16).replace('T', ' at ')} UTC`;
