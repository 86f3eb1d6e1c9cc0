/** EDUs as no decent server sends them, as JSON text. A transaction with them is taken, and they change nothing. */

export type EduNames = { readonly roomId: string; readonly sender: string; readonly receiver: string };

export type HostileEdu = { readonly name: string; readonly text: string };

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

const edu = (type: string, content: string): string => `{"edu_type":${type},"content":${content}}`;

/** Every kind that the specification knows, and one that nobody does. */
const KINDS = [
  'm.typing',
  'm.presence',
  'm.receipt',
  'm.device_list_update',
  'm.direct_to_device',
  'm.signing_key_update',
  'org.example.unknown',
];

/** In the place of the content of every kind. */
const CONTENTS: readonly (readonly [name: string, text: string])[] = [
  ['null', 'null'],
  ['a number', '7'],
  ['text', '"content"'],
  ['a list', '[]'],
  ['nothing', '{}'],
  ['a fraction', '1.5'],
  ['half of a surrogate pair', '"\\ud800"'],
  ['nesting of 100,000 levels', nested(100_000)],
  ['__proto__', '{"__proto__":{"room_id":"x"},"constructor":null}'],
  ['the empty key', '{"":{"":{"":[]}}}'],
];

const ofEveryKind: readonly HostileEdu[] = KINDS.flatMap((kind) =>
  CONTENTS.map(([name, content]) => ({ name: `${kind} with ${name}`, text: edu(`"${kind}"`, content) })),
);

const withoutKind: readonly HostileEdu[] = [
  { name: 'no object', text: '7' },
  { name: 'null', text: 'null' },
  { name: 'a list', text: '[[]]' },
  { name: 'no kind', text: '{"content":{}}' },
  { name: 'a kind that is a number', text: edu('7', '{}') },
  { name: 'a kind that is a list', text: edu('["m.typing"]', '{}') },
  { name: 'the kind __proto__', text: edu('"__proto__"', '{}') },
];

/** In the place of each field, where a decent server writes text, a truth or a number. */
const VALUES = [
  'null',
  '7',
  '-1',
  '1.5',
  '9007199254740992',
  '1e400',
  '"\\udfff"',
  '[]',
  '{}',
  '"x"',
  `"${'x'.repeat(60_000)}"`,
];

const spoiltFields = ({ roomId, sender, receiver }: EduNames): readonly HostileEdu[] => {
  const [room, user, other] = [roomId, sender, receiver].map((id) => JSON.stringify(id));
  return VALUES.flatMap((value) => [
    {
      name: `typing in ${value}`,
      text: edu('"m.typing"', `{"room_id":${value},"user_id":${user},"typing":true}`),
    },
    {
      name: `typing of ${value}`,
      text: edu('"m.typing"', `{"room_id":${room},"user_id":${value},"typing":true}`),
    },
    {
      name: `typing that is ${value}`,
      text: edu('"m.typing"', `{"room_id":${room},"user_id":${user},"typing":${value}}`),
    },
    { name: `presence pushed as ${value}`, text: edu('"m.presence"', `{"push":${value}}`) },
    {
      name: `presence of ${value}`,
      text: edu('"m.presence"', `{"push":[${value},{"user_id":${value},"presence":"online"}]}`),
    },
    {
      name: `presence that is ${value}`,
      text: edu('"m.presence"', `{"push":[{"user_id":${user},"presence":${value}}]}`),
    },
    {
      name: `receipts in a room that are ${value}`,
      text: edu('"m.receipt"', `{${room}:${value},"":${value}}`),
    },
    {
      name: `receipts of a kind that are ${value}`,
      text: edu('"m.receipt"', `{${room}:{"m.read":${value},"":${value}}}`),
    },
    {
      name: `a receipt that is ${value}`,
      text: edu('"m.receipt"', `{${room}:{"m.read":{${user}:${value}}}}`),
    },
    {
      name: `a receipt for ${value}`,
      text: edu('"m.receipt"', `{${room}:{"m.read":{${user}:{"event_ids":${value},"data":{"ts":1}}}}}`),
    },
    {
      name: `a receipt for a list of ${value}`,
      text: edu('"m.receipt"', `{${room}:{"m.read":{"nobody":{"event_ids":[${value}]}}}}`),
    },
    {
      name: `a message to the devices of ${value}`,
      text: edu(
        '"m.direct_to_device"',
        `{"sender":${value},"type":"m.x","message_id":"1","messages":{${other}:{"*":${value}}}}`,
      ),
    },
    {
      name: `a device of ${value}`,
      text: edu('"m.device_list_update"', `{"user_id":${value},"device_id":${value},"stream_id":${value}}`),
    },
    {
      name: `signing keys of ${value}`,
      text: edu('"m.signing_key_update"', `{"user_id":${value},"master_key":${value}}`),
    },
  ]);
};

/** In the name of somebody of another server. */
const inOthersNames = ({ roomId, receiver }: EduNames): readonly HostileEdu[] => {
  const [room, other] = [roomId, receiver].map((id) => JSON.stringify(id));
  return [
    {
      name: 'typing of another server',
      text: edu('"m.typing"', `{"room_id":${room},"user_id":${other},"typing":true}`),
    },
    {
      name: 'presence of another server',
      text: edu('"m.presence"', `{"push":[{"user_id":${other},"presence":"online","status_msg":"forged"}]}`),
    },
    {
      name: 'a receipt of another server',
      text: edu('"m.receipt"', `{${room}:{"m.read":{${other}:{"event_ids":["$forged"],"data":{"ts":1}}}}}`),
    },
  ];
};

export const hostileEdus = (names: EduNames): readonly HostileEdu[] => [
  ...withoutKind,
  ...ofEveryKind,
  ...spoiltFields(names),
  ...inOthersNames(names),
];
