//! The flaws: each breaks exactly one thing, and is named after the check that has to find it.

use std::fmt;
use std::str::FromStr;

macro_rules! flaws {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// One thing that is wrong with the site.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw {
            $($(#[$doc])* $variant,)+
        }

        impl Flaw {
            /// All there are, in the order of the table in `qa/testbed/README.md`.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name that the command line takes.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

flaws! {
    /// No `Secure` (the cookie is called `sid`).
    CookieSecure = "cookie-secure",
    /// No `HttpOnly`.
    CookieHttponly = "cookie-httponly",
    /// No `SameSite`.
    CookieSamesite = "cookie-samesite",
    /// `SameSite=None`.
    CookieSamesiteNone = "cookie-samesite~none",
    /// Called `sid`, all attributes right.
    CookiePrefix = "cookie-prefix",
    /// Called `__Secure-sid`, with `Domain=127.0.0.1` (accept it as the host is an address).
    CookieDomain = "cookie-domain",
    /// `Max-Age` of 400 days.
    CookieLifetime = "cookie-lifetime",
    /// The cookie is `ID.BASE64URL({"user": …, "role": …})`, the id is what counts.
    CookieOpaque = "cookie-opaque",
    /// The cookie is an HS256 JWT (random key of 32 bytes) with `sid`, `sub`, `email`, `exp`.
    CookieOpaqueJwt = "cookie-opaque~jwt",
    /// The id stays at login.
    SessionFixation = "session-fixation",
    /// An unknown id in the cookie becomes a session (also at login the new id is still made anew).
    SessionAdoption = "session-adoption",
    /// Logout deletes the cookie alone.
    SessionLogout = "session-logout",
    /// Logout ends the session and leaves the cookie.
    SessionLogoutCookie = "session-logout-cookie",
    /// The other sessions live on.
    SessionPasswordChange = "session-password-change",
    /// Ids are a counter as 32 hex digits.
    SessionEntropy = "session-entropy",
    /// 6 random hex digits.
    SessionEntropyShort = "session-entropy~short",
    /// `--idle` is not kept.
    SessionExpiry = "session-expiry",
    /// Login leads to `/account?sid=ID`.
    SessionIdInUrl = "session-id-in-url",
    /// `/account` shows the id in the page.
    SessionIdInBody = "session-id-in-body",
    /// `POST /account/email` looks at neither token nor headers.
    CsrfForm = "csrf-form",
    /// `POST /account/email.json` takes `text/plain` and looks at neither token nor headers.
    CsrfJson = "csrf-json",
    /// A token that is not sent is not missed (headers are looked at).
    CsrfTokenMissing = "csrf-token-missing",
    /// Any token that is not empty will do (headers are looked at).
    CsrfTokenWrong = "csrf-token-wrong",
    /// The token of any session will do (headers are looked at).
    CsrfTokenForeign = "csrf-token-foreign",
    /// `GET /account/email?email=…` changes it too.
    CsrfGet = "csrf-get",
    /// `POST /login` looks at neither token nor headers.
    CsrfLogin = "csrf-login",
    /// `POST /logout` looks at neither token nor headers.
    CsrfLogout = "csrf-logout",
    /// `GET /logout` logs out.
    LogoutGet = "logout-get",
    /// Any `Origin` is reflected with `Access-Control-Allow-Credentials: true`.
    CorsCredentials = "cors-credentials",
    /// Only `Origin: null` is.
    CorsCredentialsNull = "cors-credentials~null",
    /// No `frame-ancestors`, no `X-Frame-Options`.
    PageFraming = "page-framing",
    /// `/account` with `Cache-Control: public, max-age=600`.
    PageCache = "page-cache",
    /// The login form has `method="get"`, and `GET /login?username=…&password=…` signs in (303 to `/account`).
    LoginFormGet = "login-form-get",
    /// `next` may be `https://evil.example/`.
    LoginRedirect = "login-redirect",
    /// "There is no such user." for an unknown name.
    LoginEnumeration = "login-enumeration",
    /// 404 for an unknown name.
    LoginEnumerationStatus = "login-enumeration~status",
    /// No work for an unknown name.
    LoginEnumerationTime = "login-enumeration-time",
    /// Tries are not counted (nor at `/api/token`).
    LoginBruteForce = "login-brute-force",
    /// `/forgot` says "No such user".
    ResetEnumeration = "reset-enumeration",
    /// 6 characters will do.
    PasswordShort = "password-short",
    /// No blocklist.
    PasswordCommon = "password-common",
    /// More than 20 characters are refused.
    PasswordLong = "password-long",
    /// Only the first 20 characters count, at login too.
    PasswordTruncated = "password-truncated",
    /// Wants an upper case letter, a digit and a sign.
    PasswordComposition = "password-composition",
    /// The current password is not asked for (no such field, not checked).
    PasswordCurrent = "password-current",
    /// `/account` is shown to anonymous callers (as alice's).
    AccessAnonymous = "access-anonymous",
    /// `/api/me` answers 403 to anonymous callers (with no `WWW-Authenticate`).
    Access401 = "access-401",
    /// 401 without the header, at `/api/*`.
    AccessWwwAuthenticate = "access-www-authenticate",
    /// `/admin` opens to every signed-in user.
    AccessRole = "access-role",
    /// `/api/admin` does.
    AccessRoleApi = "access-role~api",
    /// `/admin` answers 401 to an ordinary user.
    Access403 = "access-403",
    /// `/orders/2` opens to every signed-in user.
    AccessOwned = "access-owned",
    /// `/admin/` opens to everybody.
    AccessPath = "access-path",
    /// `X-Forwarded-User: root` is believed (any of `X-Forwarded-User`, `X-Remote-User`, `Remote-User`).
    AccessIdentityHeaders = "access-identity-headers",
    /// `X-Original-URL: /admin` on `GET /` serves `/admin` unguarded.
    AccessRewriteHeaders = "access-rewrite-headers",
    /// Malformed JSON at `/api/token` answers 500 with a stack trace of that language.
    ErrorDetails = "error-details",
    /// `alg: none` (any case) is accepted.
    JwtAlgNone = "jwt-alg-none",
    /// The signature is not checked.
    JwtSignature = "jwt-signature",
    /// HS256 with the text of the public key (PEM, SPKI, as the library exports it) is accepted.
    JwtKeyConfusion = "jwt-key-confusion",
    /// A key in the header `jwk` is believed.
    JwtEmbeddedKey = "jwt-embedded-key",
    /// Keys are fetched from the header `jku`.
    JwtJku = "jwt-jku",
    /// `kid` is a path: a `kid` of `../../../../dev/null` (or any that ends in `/dev/null`) means HS256 with an
    /// empty key.
    JwtKid = "jwt-kid",
    /// Tokens are HS256 with the secret `secret`.
    JwtWeakSecret = "jwt-weak-secret",
    /// No `exp` in tokens, none asked for.
    JwtNoExpiry = "jwt-no-expiry",
    /// `exp` is 30 days away.
    JwtLifetime = "jwt-lifetime",
    /// `exp` is not looked at.
    JwtExpired = "jwt-expired",
    /// `aud` is not looked at (it is in the token).
    JwtAudience = "jwt-audience",
    /// `email` and `name` are in the token.
    JwtPersonal = "jwt-personal",
    /// `permissions` (a list of 12) is in the token.
    JwtPermissions = "jwt-permissions",
    /// A claim `groups` with 60 ids makes it longer than 1,024 bytes.
    JwtSize = "jwt-size",
    /// A revoked access token is accepted until `exp`.
    JwtLogout = "jwt-logout",
    /// `/api/me?access_token=…` works.
    JwtInQuery = "jwt-in-query",
    /// A refresh token is a JWT too, signed alike (`typ: JWT`, claim `use: refresh`), and `/api/me` takes it.
    JwtType = "jwt-type",
    /// A refresh token is good any number of times.
    RefreshReplay = "refresh-replay",
    /// The second use is refused, and the family lives on.
    RefreshFamily = "refresh-family",
    /// The key set shows `d`.
    JwksPrivate = "jwks-private",
    /// A second RSA key of 1024 bits is in the set.
    JwksWeak = "jwks-weak",
    /// `/api/token` answers without `no-store`.
    TokenCache = "token-cache",
    /// `/app.js` keeps the access token in `localStorage` (after `fetch("/api/session-token")`, which gives the
    /// signed-in user one).
    TokenStorage = "token-storage",
}

/// There is no flaw of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFlaw(String);

impl FromStr for Flaw {
    type Err = UnknownFlaw;

    fn from_str(name: &str) -> Result<Self, UnknownFlaw> {
        Self::ALL.iter().copied().find(|flaw| flaw.name() == name).ok_or_else(|| UnknownFlaw(name.to_owned()))
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for UnknownFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "there is no flaw {:?}; there are:", self.0)?;
        Flaw::ALL.iter().try_for_each(|flaw| writeln!(f, "  {flaw}"))
    }
}

impl std::error::Error for UnknownFlaw {}
