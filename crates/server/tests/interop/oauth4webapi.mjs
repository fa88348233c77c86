// An OAuth client by oauth4webapi: it finds everything in the metadata, and every answer goes through the library's checks.
// A line in is {"do": what, ...}; the line out is the library's own result, or {"failed": why}.
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

// node 18 has both, and not yet in the open.
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;
const oauth = await import('oauth4webapi');

const http = { [oauth.allowInsecureRequests]: true };
let server, client, proof, keys;

const does = {
  async key({ algorithm }) {
    keys = await oauth.generateKeyPair(algorithm, { extractable: true });
    return crypto.subtle.exportKey('jwk', keys.publicKey);
  },
  async begin({ issuer, client_id, auth, secret }) {
    const url = new URL(issuer);
    const answer = await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...http });
    server = await oauth.processDiscoveryResponse(url, answer);
    client = { client_id };
    proof = {
      none: () => oauth.None(),
      client_secret_basic: () => oauth.ClientSecretBasic(secret),
      client_secret_post: () => oauth.ClientSecretPost(secret),
      private_key_jwt: () => oauth.PrivateKeyJwt(keys.privateKey),
    }[auth]();
    return server;
  },
  async refresh({ refresh_token }) {
    const answer = await oauth.refreshTokenGrantRequest(server, client, proof, refresh_token, http);
    return oauth.processRefreshTokenResponse(server, client, answer);
  },
  async credentials({ audience }) {
    const answer = await oauth.clientCredentialsGrantRequest(server, client, proof, { audience }, http);
    return oauth.processClientCredentialsResponse(server, client, answer);
  },
  async introspect({ token }) {
    const answer = await oauth.introspectionRequest(server, client, proof, token, http);
    return oauth.processIntrospectionResponse(server, client, answer);
  },
  async revoke({ token }) {
    const answer = await oauth.revocationRequest(server, client, proof, token, http);
    return (await oauth.processRevocationResponse(answer)) ?? {};
  },
  // Ours, and no standard's, so there is only the fetch of node: an app that signs a user in, and the server of a
  // server-rendered app that has its user's cookie.
  async login({ username, password }) {
    return post('/login', { 'content-type': 'application/json' }, JSON.stringify({ username, password, ...client }));
  },
  async exchange({ cookie, audience, secret }) {
    return post('/session/token', { cookie }, new URLSearchParams({ ...client, client_secret: secret, audience }));
  },
  // As an API does: the library fetches our keys itself and checks by RFC 9068.
  async call({ token, audience }) {
    const request = new Request('http://api.example.com/', { headers: { authorization: `Bearer ${token}` } });
    return oauth.validateJwtAccessToken(server, request, audience, http);
  },
};

async function post(path, headers, body) {
  const answer = await fetch(server.issuer + path, { method: 'POST', headers, body });
  return answer.ok ? answer.json() : { failed: answer.status, said: await answer.text() };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const answer = await does[asked.do](asked).catch((error) => ({
    failed: error.error ?? error.code ?? String(error),
    status: error.status,
    said: `${error.error_description ?? error.message} ${error.cause ?? ''}`,
  }));
  console.log(JSON.stringify(answer));
}
