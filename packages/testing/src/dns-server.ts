import { createSocket } from 'node:dgram';
import type { SrvRecord } from 'node:dns';
import { once } from 'node:events';

export type DnsRecords = {
  readonly a?: readonly string[];
  /** Written in full: eight groups. */
  readonly aaaa?: readonly string[];
  readonly srv?: readonly SrvRecord[];
  /** Answers with this code instead, e.g. 2 for "server failure". */
  readonly code?: number;
};

/** A name server on loopback that answers from a table, which a test may change at any time. */
export type DnsServer = AsyncDisposable & {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly zone: Map<string, DnsRecords | ((times: number) => DnsRecords)>;
  /** Questions so far, as `type name`. */
  readonly questions: string[];
};

const TYPES: { readonly [code: number]: 'a' | 'aaaa' | 'srv' } = { 1: 'a', 28: 'aaaa', 33: 'srv' };
const NO_SUCH_NAME = 3;

export const startDnsServer = async (): Promise<DnsServer> => {
  const zone: DnsServer['zone'] = new Map();
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, sender) => {
    const { name, end } = readName(message);
    const type = TYPES[message.readUInt16BE(end)];
    const question = `${type ?? 'other'} ${name}`;
    questions.push(question);
    const entry = zone.get(name);
    const records =
      typeof entry === 'function' ? entry(questions.filter((each) => each === question).length) : entry;
    const data = type === undefined ? [] : dataOf(type, records);
    const head = Buffer.from(message.subarray(0, end + 4));
    head.writeUInt16BE(0x8180 | (records?.code ?? (records === undefined ? NO_SUCH_NAME : 0)), 2);
    head.writeUInt16BE(data.length, 6);
    head.fill(0, 8, 12);
    const answers = data.map((bytes) => {
      const prefix = Buffer.alloc(12);
      prefix.writeUInt16BE(0xc00c, 0);
      message.copy(prefix, 2, end, end + 4);
      prefix.writeUInt16BE(bytes.length, 10);
      return Buffer.concat([prefix, bytes]);
    });
    socket.send(Buffer.concat([head, ...answers]), sender.port, sender.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    zone,
    questions,
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
};

const dataOf = (type: 'a' | 'aaaa' | 'srv', records: DnsRecords = {}): Buffer[] => {
  if (type === 'a') return (records.a ?? []).map((text) => Buffer.from(text.split('.').map(Number)));
  if (type === 'aaaa') {
    return (records.aaaa ?? []).map((text) =>
      Buffer.from(
        text
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join(''),
        'hex',
      ),
    );
  }
  return (records.srv ?? []).map(({ priority, weight, port, name }) => {
    const numbers = Buffer.alloc(6);
    numbers.writeUInt16BE(priority, 0);
    numbers.writeUInt16BE(weight, 2);
    numbers.writeUInt16BE(port, 4);
    return Buffer.concat([numbers, writeName(name)]);
  });
};

const readName = (message: Buffer): { name: string; end: number } => {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
};

const writeName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter((label) => label !== '')
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
