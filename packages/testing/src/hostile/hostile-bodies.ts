/** Bodies of requests as no decent server sends them, and the errcode that says what is wrong with each. */

export type HostileBody = {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly status: number;
  readonly errcode?: string;
};

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const BODY_LIMIT = 13 * 1024 * 1024;

const notJson = (name: string, body: string | Uint8Array): HostileBody => ({
  name,
  body,
  status: 400,
  errcode: 'M_NOT_JSON',
});

/** No JSON, wherever it is sent. */
export const unreadable: readonly HostileBody[] = [
  notJson('half of an object', '{"pdus":['),
  notJson('NaN', '{"pdus":[NaN]}'),
  notJson('Infinity', '{"pdus":[-Infinity]}'),
  notJson('a number with a leading zero', '{"pdus":[],"n":01}'),
  notJson('a hexadecimal number', '{"pdus":[],"n":0x10}'),
  notJson('a comma at the end', '{"pdus":[],}'),
  notJson('a comment', '{"pdus":[]/* none */}'),
  notJson('single quotes', "{'pdus':[]}"),
  notJson('a line break in text', '{"pdus":["\n"]}'),
  notJson('two values', '{"pdus":[]}{"pdus":[]}'),
  notJson('a byte order mark', '\ufeff{"pdus":[]}'),
  notJson('what is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  notJson('surrogates in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])),
  notJson('zeros', Buffer.alloc(1000)),
];

const badJson = (name: string, body: string): HostileBody => ({
  name,
  body,
  status: 400,
  errcode: 'M_BAD_JSON',
});
const list = (length: number): string => `[${Array(length).fill('{}').join(',')}]`;

/** JSON, and no transaction. */
export const noTransaction: readonly HostileBody[] = [
  badJson('null', 'null'),
  badJson('a number', '7'),
  badJson('a list', '[]'),
  badJson('an object without PDUs', '{}'),
  badJson('PDUs that are an object', '{"pdus":{}}'),
  badJson('PDUs that are null', '{"pdus":null}'),
  badJson('EDUs that are text', '{"pdus":[],"edus":"none"}'),
  badJson('51 PDUs', `{"pdus":${list(51)}}`),
  badJson('101 EDUs', `{"pdus":[],"edus":${list(101)}}`),
  badJson('nesting of a million levels', nested(1_000_000)),
  {
    name: 'a body of more than 13 MiB',
    body: `"${'x'.repeat(BODY_LIMIT)}"`,
    status: 413,
    errcode: 'M_TOO_LARGE',
  },
];

/** Transactions of which nothing can be used, and which are taken all the same. */
export const emptyTransactions: readonly HostileBody[] = [
  { name: 'the same key twice', body: '{"pdus":7,"pdus":[]}', status: 200 },
  { name: 'PDUs that are none', body: '{"pdus":[null,7,"x",[],[[]],true,{}]}', status: 200 },
  {
    name: 'events without a room',
    body: '{"pdus":[{"room_id":7},{"room_id":null},{"room_id":""}]}',
    status: 200,
  },
  {
    name: 'events of rooms that nobody has',
    body: '{"pdus":[{"room_id":"!x:y"},{"room_id":"!"}]}',
    status: 200,
  },
  { name: 'an origin that is another', body: '{"pdus":[],"origin":"north.test"}', status: 200 },
  { name: 'a time that is none', body: '{"pdus":[],"origin_server_ts":"now"}', status: 200 },
  {
    name: 'keys of every object',
    body: '{"pdus":[],"__proto__":[],"constructor":1,"toString":1}',
    status: 200,
  },
];
