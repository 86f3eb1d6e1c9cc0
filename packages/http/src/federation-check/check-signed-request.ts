/** Whether the other server believes our signature, and whether it reaches us to learn our keys. */
import type { TransportResult } from '@causeway/homeserver';
import { parseKeyId, type ServerName, type SigningKey, signRequest } from '@causeway/protocol';
import type { Egress } from '../egress/egress.ts';
import { type Finding, failed, notShown, ok } from './check-step.ts';
import { evidenceOfAnswer, excerptOf, judgeStrangeAnswer, objectIn } from './describe-answer.ts';
import type { KeyRequest } from './key-requests.ts';

/** Says "not found" to a server that it knows, and nothing to one that it doesn't. */
const aliasPath = (server: ServerName): string =>
  `/_matrix/federation/v1/query/directory?room_alias=${encodeURIComponent(`#causeway-federation-check:${server}`)}`;

/**
 * A key ID that nobody has seen: to judge such a signature, a server has to ask for our keys, whatever it has
 * kept of us.
 */
const UNKNOWN_KEY = parseKeyId('ed25519:federation_check');

const MAX_ANSWER_BYTES = 64 * 1024;

export type SignedExchange = {
  readonly path: string;
  readonly unsigned: TransportResult;
  readonly signed: TransportResult;
  /** Signed under a key ID that is not ours. */
  readonly unknownKey: TransportResult;
};

type Signer = { readonly serverName: ServerName; readonly signingKey: SigningKey };

/** The same harmless question thrice: without a signature, with ours, and under a key ID that is not ours. */
export const askSigned = async (
  egress: Pick<Egress, 'request'>,
  own: Signer,
  server: ServerName,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<SignedExchange> => {
  const path = aliasPath(server);
  const ask = (key: SigningKey | undefined) =>
    egress.request({
      destination: server,
      method: 'GET',
      path,
      ...(key === undefined
        ? {}
        : {
            headers: {
              authorization: signRequest(
                { method: 'GET', uri: path, origin: own.serverName, destination: server },
                key,
              ),
            },
          }),
      maxBytes: MAX_ANSWER_BYTES,
      ...limits,
    });
  const unsigned = await ask(undefined);
  const signed = await ask(own.signingKey);
  const unknownKey = await ask({ ...own.signingKey, keyId: UNKNOWN_KEY ?? own.signingKey.keyId });
  return { path, unsigned, signed, unknownKey };
};

export const judgeSigned = ({ path, unsigned, signed }: SignedExchange): Finding => {
  const strange = judgeStrangeAnswer(path, signed);
  if (strange !== undefined) return strange;
  if (signed.kind === 'failed') return judgeUnauthorized([signed.reason]);
  const evidence = [
    ...evidenceOfAnswer(path, signed),
    `without a signature: ${unsigned.kind === 'failed' ? unsigned.reason : `status ${unsigned.status}`}`,
  ];
  const { status } = signed;
  if (status === 401) {
    // Who never sees the signature says the same with it and without.
    const isSame = unsigned.kind === 'response' && unsigned.status === 401 && sameBody(unsigned, signed);
    return isSame ? stripped(evidence) : judgeUnauthorized(evidence);
  }
  if (status === 403) {
    return failed('refused-by-them', { parameters: { reason: wordsOf(signed) }, evidence });
  }
  if (status === 429) return notShown('rate-limited', { evidence });
  if (unsigned.kind === 'response' && unsigned.status === status) {
    return notShown('signature-not-looked-at', { evidence });
  }
  return ok('signed-request', { evidence });
};

const stripped = (evidence: readonly string[]): Finding => failed('authorization-stripped', { evidence });

const judgeUnauthorized = (evidence: readonly string[]): Finding => failed('signature-refused', { evidence });

type Answered = Extract<TransportResult, { kind: 'response' }>;

const sameBody = (one: Answered, other: Answered): boolean => Buffer.compare(one.body, other.body) === 0;

const wordsOf = (answer: Answered): string => {
  const error = objectIn(answer)?.['error'];
  return typeof error === 'string' ? error.slice(0, 200) : excerptOf(answer);
};

/** How we know that the other server reaches us. `peers` are the addresses under which it is found. */
export const judgeInbound = (
  signed: Finding,
  requests: readonly KeyRequest[],
  peers: readonly string[],
): Finding => {
  const known = new Set(peers.map((address) => address.replace(/^::ffff:(?=\d+\.)/i, '')));
  const evidence = requests.map(
    ({ address, at }) =>
      `${new Date(at).toISOString()} ${address} asked for our keys${known.has(address) ? '' : ' (an address that is not known as theirs)'}`,
  );
  if (requests.some(({ address }) => known.has(address))) {
    return ok('keys-fetched', { evidence });
  }
  if (requests.length > 0) return notShown('keys-fetched-by-somebody', { evidence, advice: 'nothing' });
  // Who judged our signature knows our keys.
  return signed.code === 'signed-request'
    ? notShown('keys-known', { evidence, advice: 'nothing' })
    : notShown('keys-not-fetched', { evidence });
};
