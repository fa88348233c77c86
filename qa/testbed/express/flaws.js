// The flaws that this site knows, in the order of the table in ../README.md.
export const names = [
  'cookie-secure', 'cookie-httponly', 'cookie-samesite', 'cookie-samesite~none', 'cookie-prefix', 'cookie-domain',
  'cookie-lifetime', 'cookie-opaque', 'cookie-opaque~jwt',
  'session-fixation', 'session-adoption', 'session-logout', 'session-logout-cookie', 'session-password-change',
  'session-entropy', 'session-entropy~short', 'session-expiry', 'session-id-in-url', 'session-id-in-body',
  'csrf-form', 'csrf-json', 'csrf-token-missing', 'csrf-token-wrong', 'csrf-token-foreign', 'csrf-get', 'csrf-login',
  'csrf-logout', 'logout-get',
  'cors-credentials', 'cors-credentials~null', 'page-framing', 'page-cache',
  'login-form-get', 'login-redirect', 'login-enumeration', 'login-enumeration~status', 'login-enumeration-time',
  'login-brute-force', 'reset-enumeration',
  'password-short', 'password-common', 'password-long', 'password-truncated', 'password-composition', 'password-current',
  'access-anonymous', 'access-401', 'access-www-authenticate', 'access-role', 'access-role~api', 'access-403',
  'access-owned', 'access-path', 'access-identity-headers', 'access-rewrite-headers', 'error-details',
  'jwt-alg-none', 'jwt-signature', 'jwt-key-confusion', 'jwt-embedded-key', 'jwt-jku', 'jwt-kid', 'jwt-weak-secret',
  'jwt-no-expiry', 'jwt-lifetime', 'jwt-expired', 'jwt-audience', 'jwt-personal', 'jwt-permissions', 'jwt-size',
  'jwt-logout', 'jwt-in-query', 'jwt-type', 'refresh-replay', 'refresh-family', 'jwks-private', 'jwks-weak',
  'token-cache', 'token-storage',
];

let chosen;

export function choose(name) {
  chosen = name;
}

// A misspelt name in the code would be a flaw that never shows, so it ends the site at once.
export function flawed(name) {
  if (!names.includes(name)) throw new Error(`no such flaw: ${name}`);
  return chosen === name;
}
