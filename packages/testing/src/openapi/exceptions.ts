/** Where the OpenAPI is at odds with the text of the specification, and the text is followed. */

type Exception = {
  readonly method: string;
  /** The operation's. Of what is no operation a prefix that ends with a slash. */
  readonly path: string;
  readonly statuses: readonly number[];
  /** Every fault that is let pass. */
  readonly fault: RegExp;
  readonly reason: string;
  readonly link: string;
};

const noOriginInEvents = {
  method: 'PUT',
  statuses: [200],
  // The answer of v1 is an array, described as a choice for each of its two, so what is missing is told thrice.
  fault:
    /^(?:(?:\/1)?\/event must have required property 'origin'|\/1 must (?:be integer|match a schema in anyOf), but it is \{"event":)/,
  reason:
    'No event format has had a key origin since room version 1; the invited server signs what it was sent.',
  link: 'https://spec.matrix.org/v1.19/rooms/v11/#event-format',
};

const tokenBeforeAuthentication = {
  statuses: [401],
  fault: /^\/ must have required property 'flows', but it is \{"errcode":"M_(?:UNKNOWN|MISSING)_TOKEN"/,
  reason: 'Only the 401 of interactive authentication is described; without a valid token it does not begin.',
  link: 'https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens',
};

const conditional = {
  method: 'GET',
  statuses: [304],
  fault: /^status 304 is none of this operation$/,
  reason: 'What HTTP answers whoever asks for a file with If-None-Match, as browsers do for what they keep.',
  link: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5',
};

const firstEndpoint = {
  method: 'PUT',
  statuses: [200],
  fault: /the specification knows no such operation/,
  reason:
    'The text has it among what server ACLs protect, the OpenAPI describes it no more; servers from before use it.',
  link: 'https://spec.matrix.org/v1.19/server-server-api/#server-access-control-lists-acls',
};

const askedWhoItIs = {
  method: 'POST',
  statuses: [401],
  fault: /^\/ must have required property 'errcode', but it is \{"flows":/,
  reason: 'The text asks for interactive authentication where keys are replaced; its 401 is not described.',
  link: 'https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload',
};

const exceptions: readonly Exception[] = [
  { ...askedWhoItIs, path: '/_matrix/client/v3/keys/device_signing/upload' },
  { ...noOriginInEvents, path: '/_matrix/federation/v2/invite/{roomId}/{eventId}' },
  { ...noOriginInEvents, path: '/_matrix/federation/v1/invite/{roomId}/{eventId}' },
  { ...firstEndpoint, path: '/_matrix/federation/v1/send_join/' },
  { ...firstEndpoint, path: '/_matrix/federation/v1/send_leave/' },
  {
    method: 'POST',
    path: '/_matrix/federation/v1/3pid/onbind',
    statuses: [200, 400, 429],
    fault: /the specification knows no such operation/,
    reason: 'The specification has it with PUT, Synapse with POST; identity servers reach both.',
    link: 'https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv13pidonbind',
  },
  {
    method: 'GET',
    path: '/_matrix/key/v2/server/',
    statuses: [200],
    fault: /the specification knows no such operation/,
    reason: 'Servers from before v1.6 name the key that they want; they get all of them, as they did then.',
    link: 'https://spec.matrix.org/v1.5/server-server-api/#get_matrixkeyv2serverkeyid',
  },
  { ...conditional, path: '/_matrix/client/v1/media/download/{serverName}/{mediaId}' },
  { ...conditional, path: '/_matrix/client/v1/media/download/{serverName}/{mediaId}/{fileName}' },
  { ...conditional, path: '/_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}' },
  { ...tokenBeforeAuthentication, method: 'POST', path: '/_matrix/client/v3/account/password' },
  { ...tokenBeforeAuthentication, method: 'POST', path: '/_matrix/client/v3/account/deactivate' },
  { ...tokenBeforeAuthentication, method: 'POST', path: '/_matrix/client/v3/delete_devices' },
  { ...tokenBeforeAuthentication, method: 'DELETE', path: '/_matrix/client/v3/devices/{deviceId}' },
  { ...tokenBeforeAuthentication, method: 'POST', path: '/_matrix/client/v3/keys/device_signing/upload' },
  {
    method: 'GET',
    path: '/_matrix/client/v3/voip/turnServer',
    statuses: [200],
    fault: /^\/ must have required property '(?:username|password|uris|ttl)', but it is \{\}$/,
    reason:
      'Nothing is described for a server without TURN; {} is what clients take for none, empty uris break calls.',
    link: 'https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3voipturnserver',
  },
];

export const exceptionFor = (
  { method, status }: { readonly method: string; readonly status: number },
  path: string,
  faults: readonly string[],
): Exception | undefined =>
  exceptions.find(
    (one) =>
      one.method === method &&
      (one.path === path || (one.path.endsWith('/') && path.startsWith(one.path))) &&
      one.statuses.includes(status) &&
      faults.every((fault) => one.fault.test(fault)),
  );
