import { isObject, type JsonObject, RequestError, text } from '../session/matrix-request.ts';

export const CHECK_STEPS = [
  'name',
  'well-known',
  'srv',
  'dns',
  'connection',
  'tls',
  'keys',
  'clock',
  'version',
  'signed-request',
  'inbound',
] as const;

export type CheckStepId = (typeof CHECK_STEPS)[number];

export type CheckStatus = 'ok' | 'warning' | 'failed' | 'not-shown';

export type CheckStep = {
  readonly id: CheckStepId;
  readonly status: CheckStatus;
  readonly finding: Told;
  /** The one address that it was found at, where others are sound. */
  readonly at: string | undefined;
  readonly evidence: readonly string[];
  /** What to do; `them`: those who run the server that was checked. */
  readonly advice: (Told & { readonly who: 'them' | 'us' }) | undefined;
};

/** A code that stands for a sentence, what the sentence names, and the server's own English words. */
export type Told = {
  readonly code: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly english: string;
};

/** The steps of a federation check as they become known. An empty name: this workspace. */
export async function* runFederationCheck(
  accessToken: string,
  server: string,
  signal: AbortSignal,
): AsyncGenerator<CheckStep> {
  const response = await fetch(`/_causeway/admin/federation-check?${new URLSearchParams({ server })}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}` },
    signal,
  });
  if (!response.ok || !response.body) throw await refusal(response);
  for await (const line of linesOf(response.body)) {
    const step = readStep(line);
    if (step) yield step;
  }
}

async function refusal(response: Response): Promise<RequestError> {
  const parsed: unknown = await response.json().catch(() => undefined);
  const body: JsonObject = isObject(parsed) ? parsed : {};
  return new RequestError({
    message: text(body.error) ?? '',
    errcode: text(body.errcode) ?? 'M_UNKNOWN',
    status: response.status,
  });
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
    if (done) return;
  }
}

const STATUSES: readonly CheckStatus[] = ['ok', 'warning', 'failed', 'not-shown'];

function readStep(line: string): CheckStep | undefined {
  const parsed: unknown = JSON.parse(line);
  if (!isObject(parsed)) return undefined;
  const id = CHECK_STEPS.find((one) => one === parsed.id);
  const status = STATUSES.find((one) => one === parsed.status);
  // A newer server may have steps that this page does not know yet.
  if (!id || !status) return undefined;
  const { advice, evidence } = parsed;
  const parameters = textsIn(parsed.parameters);
  return {
    id,
    status,
    finding: { code: text(parsed.code) ?? '', parameters, english: text(parsed.summary) ?? '' },
    at: text(parsed.at),
    evidence: Array.isArray(evidence)
      ? evidence.filter((each): each is string => typeof each === 'string')
      : [],
    advice: isObject(advice)
      ? {
          who: advice.who === 'them' ? 'them' : 'us',
          code: text(advice.code) ?? '',
          parameters,
          english: text(advice.text) ?? '',
        }
      : undefined,
  };
}

const textsIn = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).flatMap(([name, one]) =>
      typeof one === 'string' ? [[name, one]] : [],
    ),
  );
