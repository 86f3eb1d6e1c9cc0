/** What to do about a finding, in English, for the command line; the web app has its own words for each key. */

/** Who can do it: those who run the server that was checked, or we. */
type Who = 'them' | 'us';
type Entry = { readonly who: Who; readonly text: string };

const them = (text: string): Entry => ({ who: 'them', text });
const us = (text: string): Entry => ({ who: 'us', text });

export const ADVICE = {
  'another-server-answers': us(
    'Let your DNS, delegation or proxy lead to this workspace, or stop the other server.',
  ),
  'authority-not-trusted': them(
    'Get a certificate of a public authority. If both servers are yours, trust your own authority with CAUSEWAY_CA_CERT.',
  ),
  'authorization-stripped': them(
    'Let the proxy pass the Authorization header on unchanged, and do not protect these paths with a login of the proxy.',
  ),
  'certificate-expired': them('Renew the certificate, and see why it was not renewed by itself.'),
  'certificate-expires-soon': them('Renew it now, and see why it was not renewed by itself.'),
  'certificate-not-yet-valid': them(
    'Check the clocks of both machines; otherwise wait, or use the certificate before.',
  ),
  'certificate-self-signed': them("Get a certificate of a public authority, for example Let's Encrypt."),
  'certificate-wrong-name': them(
    'Get a certificate for {{name}}. After a delegation by .well-known/matrix/server it must be for the name delegated to; after an SRV record for the name before it.',
  ),
  'check-the-certificate': them('Check the certificate and its chain.'),
  'clock-skew': them(
    'Compare both with a third clock, and let NTP (for example systemd-timesyncd or chrony) set the wrong one.',
  ),
  'dns-failed': them(
    'Check the name servers of this domain, and those that this machine asks (CAUSEWAY_DNS_SERVERS).',
  ),
  'intermediate-missing': them(
    'Let the server send the whole chain (fullchain.pem, not cert.pem). Browsers fetch what is missing; servers do not.',
  ),
  'ipv6-broken': them(
    'Let the server, its proxy and its firewall listen on IPv6 too, or delete the AAAA record.',
  ),
  'keep-to-the-specification': them('Let the server answer as the specification says.'),
  'keys-expired': them(
    'Check the clock of that machine. If it is right: something keeps an old answer, for example a cache in front of the server.',
  ),
  'keys-none': them('Let the homeserver publish its Ed25519 key under verify_keys.'),
  'keys-not-fetched': us('Check your own set-up: what stands in the way of others stands there.'),
  'keys-not-signed': them(
    'Let the homeserver answer by itself: a proxy or a cache that changes the answer breaks its signature.',
  ),
  'keys-of-another-server': them(
    'Set the server name of the homeserver to {{server}}, or let the delegation lead to the right homeserver.',
  ),
  'keys-weak': them('Make a new signing key at once, and look for what was signed with this one.'),
  'keys-without-validity': them('Let the answer have valid_until_ts, as the specification says.'),
  'mend-well-known': them(
    '{{url}} must answer with status 200 and JSON such as {"m.server": "matrix.example.org:443"}, or with 404 if nothing is delegated.',
  ),
  'no-ipv6-here': us('Give this machine an IPv6 address, or ask for an IPv4 address of that server.'),
  'no-such-name': them(
    'Check the spelling. If it is right: make an A or AAAA record for {{hosts}}, or delegate elsewhere in .well-known/matrix/server or an SRV record.',
  ),
  'no-workspace': us('Set the workspace up and check again.'),
  'not-a-name': us(
    'A server name is what follows the colon in @somebody:example.org, without https:// and without a path.',
  ),
  'not-matrix': them(
    'Let the proxy pass everything below /_matrix/ to the homeserver, or delegate to the port where the homeserver is.',
  ),
  'not-tls': them(
    'Let other servers reach the HTTPS port, or put a proxy with a certificate in front of the HTTP port.',
  ),
  nothing: us('Nothing, if messages from there arrive. To be sure, check your own set-up from outside.'),
  'open-path': them('Let {{path}} be answered to everybody, without a login.'),
  'open-port': them(
    'Start the server or proxy, and let the firewall and the router pass port {{port}}. If it listens on another port, say so in .well-known/matrix/server or an SRV record.',
  ),
  'open-own-port': us(
    'Start the server or proxy, and let the firewall and the router pass port {{port}}. If it listens on another port, say so in .well-known/matrix/server or an SRV record. Some routers do not pass connections from inside to their own outside address; then only another server can check this one.',
  ),
  overloaded: them(
    'See whether the server is overloaded, or whether something between holds its answers back.',
  ),
  'own-inbound': us('Check another server that you trust: its way back to us is shown there.'),
  'path-not-served': them(
    'Let the proxy pass everything below /_matrix/ to the homeserver, {{path}} included, and check that federation is switched on there.',
  ),
  'private-address': us(
    'If the server is on your own network, name it in CAUSEWAY_FEDERATION_OVERRIDES, or set CAUSEWAY_ALLOW_PRIVATE_ADDRESSES=true. Otherwise its DNS must name its public address.',
  ),
  'proxy-error': them(
    'Start the homeserver, and check the address and port that the proxy passes requests to.',
  ),
  'refused-by-them': them('Allow our server name in the rules about who may federate.'),
  'refused-by-us': us(
    'Change the federation settings if this is not what you want. The steps that sign are left out.',
  ),
  'run-again': them('Run the check again; a connection was made before.'),
  'see-the-evidence': us('See the evidence: this is no fault that is known here.'),
  'see-why-not': us('See why this workspace does not talk with that address.'),
  'server-error': them('See the log of the homeserver.'),
  'signature-refused': us(
    'Most often it could not fetch our keys: check your own set-up. Otherwise a proxy changes the path of requests (it must pass it on exactly as it came), or one of the clocks is wrong.',
  ),
  'some-addresses-broken': them('Let the server listen there too, or delete these addresses from the DNS.'),
  'some-addresses-private': them('Delete these records, or name the public address in them.'),
  'srv-no-such-host': them(
    'Let the SRV record name a host that exists, or make an A or AAAA record for {{hosts}}.',
  ),
  'srv-not-offered': them('Let the SRV record name the host and port of the homeserver, or delete it.'),
  'srv-unanswered': them(
    'A name without SRV records should be answered with "no such record", not with an error.',
  ),
  stopped: us('Start it with causeway serve and check again.'),
  'tls-cut': them(
    'Check that the server or proxy speaks HTTPS on this port and has a certificate for {{name}}, and that no firewall cuts connections.',
  ),
  'tls-no-answer': them('See whether the server hangs, and whether a firewall swallows what comes back.'),
  'tls-too-old': them('Allow TLS 1.2 and 1.3 in the configuration of the server or its proxy.'),
  trial: us('Set up a workspace with a server name of its own, such as chat.example.org.'),
  'version-unnamed': them('Nothing needs to be done; the program should name itself.'),
  'well-known-redirect-loop': them(
    'Take the redirect away for this one path; a single redirect to where the file is does no harm.',
  ),
  'well-known-timeout': them(
    'Let port 443 answer, or refuse connections at once: each other server waits for it first.',
  ),
  'well-known-tls': them(
    'Get a valid certificate for {{host}} on port 443, where the delegation is asked for.',
  ),
  'well-known-too-large': them('Serve the delegation itself, some 40 bytes of JSON, at this path.'),
} as const satisfies { readonly [key: string]: Entry };

export type AdviceCode = keyof typeof ADVICE;
