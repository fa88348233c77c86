//! The rules that apply to both a configuration and a live site, with the texts that `admit check` and `admit audit` print.

use admit_words::Words;

use crate::{Area, Rule, Severity, Stack, Tier};

/// `token-storage`
pub static TOKEN_STORAGE: Rule = Rule {
    id: "token-storage",
    title: Words::fixed(
        "No token lies in the browser's storage for scripts",
        "스크립트가 읽는 브라우저 저장소에 토큰이 없다",
    ),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V10.1.1", "V3.3.4"],
    cwe: &[922],
    why: Words::fixed(
        "Every script of the page reads localStorage and sessionStorage, also one that came with an advertisement or a \
         broken package, and takes the sign-in along to wherever it likes.",
        "페이지의 모든 스크립트가 localStorage와 sessionStorage를 읽습니다. 광고나 감염된 패키지에 섞여 들어온 스크립트도 읽어서 \
         로그인 상태를 어디로든 가져갈 수 있습니다.",
    ),
    how: Words::fixed(
        "Opens the private and scripted pages of the recipe as the signed-in user in a real browser (run of [browser]) and \
         reads what is stored. Without a browser it only looks into the scripts.",
        "레시피의 비공개 페이지와 스크립트 페이지를 실제 브라우저에서 로그인한 사용자로 열고([browser]의 run) 저장된 것을 읽습니다. \
         브라우저가 없으면 스크립트만 살펴봅니다.",
    ),
    remedy: Words::fixed(
        "Keep the sign-in of a browser in an HttpOnly cookie, and tokens at the server that the browser talks to.",
        "브라우저의 로그인 상태는 HttpOnly 쿠키에, 토큰은 브라우저와 통신하는 서버에 두세요.",
    ),
    stacks: &[
        (Stack::Express, "req.session.tokens = tokens  // express-session at the server; the page gets none"),
        (Stack::Django, "SessionAuthentication for pages; tokens for apps alone"),
        (Stack::Rails, "session[:user_id] = user.id"),
        (Stack::Spring, "http.oauth2Login(withDefaults())  // the authorized client stays at the server"),
        (Stack::Laravel, "Sanctum for the SPA: SANCTUM_STATEFUL_DOMAINS=app.example.org"),
        (Stack::Axum, "[clients.shop-web] runs = \"browser\"  # a session cookie; tokens are refused"),
    ],
};

/// `session-expiry`
pub static SESSION_EXPIRY: Rule = Rule {
    id: "session-expiry",
    title: Words::fixed("A session ends by itself", "세션은 스스로 끝난다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Session,
    asvs: &["V7.3.1", "V7.3.2"],
    cwe: &[613],
    why: Words::fixed(
        "A session that never ends is found months later: on a sold laptop, in an old backup.",
        "끝나지 않는 세션은 몇 달 뒤 팔린 노트북이나 오래된 백업에서 발견됩니다.",
    ),
    how: Words::fixed(
        "With idle of [session] in the recipe it waits that long and two seconds more, and comes back. What takes hours cannot be seen in minutes: then a person has to look.",
        "레시피의 [session] idle이 있으면 그만큼에 2초를 더 기다렸다가 다시 접속합니다. 몇 시간 걸리는 일은 몇 분 만에 볼 수 없으므로 그때는 사람이 확인해야 합니다.",
    ),
    remedy: Words::fixed(
        "End sessions at the server after a time without requests, and after a time in all (NIST SP 800-63B-4, section 2.2.3: at AAL2 an hour without activity and 24 hours in all are suggested).",
        "요청 없이 일정 시간이 지나면, 그리고 전체 기한이 지나면 서버에서 세션을 끝내세요 (NIST SP 800-63B-4 2.2.3절은 AAL2에서 유휴 1시간, 전체 24시간을 권합니다).",
    ),
    stacks: &[
        (Stack::Express, "session({ rolling: true, cookie: { maxAge: 30 * 60 * 1000 } }), and a TTL in the store"),
        (Stack::Django, "SESSION_COOKIE_AGE = 1800; SESSION_SAVE_EVERY_REQUEST = True"),
        (Stack::Rails, "config.session_store …, expire_after: 30.minutes"),
        (Stack::Spring, "server.servlet.session.timeout=30m"),
        (Stack::Laravel, "SESSION_LIFETIME=30"),
        (Stack::Axum, "sessions.idle and sessions.absolute"),
    ],
};

/// `jwt-lifetime`
pub static JWT_LIFETIME: Rule = Rule {
    id: "jwt-lifetime",
    title: Words::fixed("Access tokens live shortly", "액세스 토큰의 수명이 짧다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V7.3.2"],
    cwe: &[613],
    why: Words::fixed(
        "An API that checks tokens by itself accepts one until it ends, whatever happened to the account meanwhile. What \
         leaks is of use for that long (RFC 9700 §2.2.1).",
        "토큰을 스스로 확인하는 API는 그동안 계정에 무슨 일이 있었든 만료될 때까지 토큰을 받아들입니다. 새어 나간 토큰은 \
         그동안 쓸모가 있습니다(RFC 9700 §2.2.1).",
    ),
    how: Words::fixed(
        "Reads `exp` and `iat` of a token that was issued, and compares with the policy (token_seconds of [limits], an \
         hour unless it says otherwise).",
        "발급된 토큰의 `exp`와 `iat`를 읽어 정책([limits]의 token_seconds, 기본 1시간)과 비교합니다.",
    ),
    remedy: Words::fixed(
        "Let access tokens live for some minutes, and renew them with a refresh token that is good once.",
        "액세스 토큰의 수명을 몇 분으로 하고, 한 번만 쓸 수 있는 리프레시 토큰으로 갱신하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.sign(claims, key, { algorithm: 'RS256', expiresIn: '5m' })"),
        (Stack::Django, "SIMPLE_JWT = {\"ACCESS_TOKEN_LIFETIME\": timedelta(minutes=5)}"),
        (Stack::Rails, "JWT.encode(claims.merge(exp: 5.minutes.from_now.to_i), key, 'RS256')"),
        (Stack::Spring, "TokenSettings.builder().accessTokenTimeToLive(Duration.ofMinutes(5))"),
        (Stack::Laravel, "Passport::tokensExpireIn(now()->addMinutes(5))"),
        (Stack::Axum, "[tokens] access = \"5m\"  # over 60 minutes admit does not start"),
    ],
};

/// `password-short`
pub static PASSWORD_SHORT: Rule = Rule {
    id: "password-short",
    title: Words::fixed("Passwords under eight characters are refused", "8자 미만의 비밀번호는 거부된다"),
    severity: Severity::Medium,
    tier: Tier::Active,
    area: Area::Password,
    asvs: &["V6.2.1"],
    cwe: &[521],
    why: Words::fixed(
        "Whoever gets the hashes can try all passwords of seven characters, and people who may choose short ones choose guessable ones.",
        "해시를 손에 넣은 사람은 7자짜리 비밀번호를 모두 시도할 수 있고, 짧은 것이 허용되면 사람들은 짐작하기 쉬운 것을 고릅니다.",
    ),
    how: Words::fixed(
        "Tries to set a random password of seven characters with upper and lower case, a digit and a sign. If it is taken and one signs \
         in with it, it is a failure. The old password is set back.",
        "대소문자, 숫자, 기호가 섞인 7자 임의 비밀번호를 설정해 봅니다. 받아들여지고 그것으로 로그인되면 실패입니다. 원래 비밀번호는 되돌립니다.",
    ),
    remedy: Words::fixed(
        "Ask for eight characters at least; NIST SP 800-63B-4 wants fifteen where the password is the only factor.",
        "적어도 8자를 요구하세요. 비밀번호가 유일한 인증 수단이면 NIST SP 800-63B-4는 15자를 요구합니다.",
    ),
    stacks: &[
        (Stack::Express, "z.string().min(15).max(128)"),
        (
            Stack::Django,
            "{'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator', 'OPTIONS': {'min_length': 15}}",
        ),
        (Stack::Rails, "config.password_length = 15..128  # Devise"),
        (Stack::Spring, "@Size(min = 15, max = 128) String newPassword"),
        (Stack::Laravel, "Password::defaults(fn () => Password::min(15));"),
        (Stack::Axum, "password.min_length = 15  # the default; under 8 admit does not start in production"),
    ],
};

/// `transport-https`
pub static TRANSPORT_HTTPS: Rule = Rule {
    id: "transport-https",
    title: Words::fixed("The site is reached over TLS alone", "사이트에 TLS로만 접속할 수 있다"),
    severity: Severity::High,
    tier: Tier::Safe,
    area: Area::Page,
    asvs: &["V12.2.1"],
    cwe: &[319],
    why: Words::fixed(
        "On plain http anybody on the way reads the password, takes the cookie, and changes the page.",
        "평문 http에서는 중간의 누구나 비밀번호를 읽고 쿠키를 가져가고 페이지를 바꿉니다.",
    ),
    how: Words::fixed(
        "Looks at the address that was given, and where plain http on the usual port leads.",
        "주어진 주소를 보고, 보통 포트의 평문 http가 어디로 이어지는지 봅니다.",
    ),
    remedy: Words::fixed(
        "Answer http with a redirect to https and nothing else.",
        "http에는 https로 가는 리디렉션으로만 응답하세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "let the proxy redirect, or app.use((req, res, next) => req.secure ? next() : res.redirect(301, …))",
        ),
        (Stack::Django, "SECURE_SSL_REDIRECT = True"),
        (Stack::Rails, "config.force_ssl = true"),
        (Stack::Spring, "http.redirectToHttps(withDefaults())"),
        (Stack::Laravel, "URL::forceScheme('https'), and the redirect at the proxy"),
        (Stack::Axum, "docs/guide/behind-a-proxy.md"),
    ],
};

/// `cors-credentials`
pub static CORS_CREDENTIALS: Rule = Rule {
    id: "cors-credentials",
    title: Words::fixed("Other origins cannot read what the user sees", "다른 출처가 사용자가 보는 것을 읽을 수 없다"),
    severity: Severity::High,
    tier: Tier::Safe,
    area: Area::Page,
    asvs: &["V3.4.2"],
    cwe: &[942],
    why: Words::fixed(
        "Where any Origin is reflected together with credentials, a page of the attacker reads the account with the user's cookie, tokens of forms included.",
        "아무 Origin이나 되돌려 주면서 자격 증명을 허용하면, 공격자의 페이지가 사용자의 쿠키로 계정을 읽고 양식의 토큰까지 가져갑니다.",
    ),
    how: Words::fixed(
        "Asks for pages and API addresses with the Origin of a stranger, and with null, and reads the CORS headers of the answers.",
        "낯선 Origin과 null로 페이지와 API를 요청하고 응답의 CORS 헤더를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Name the origins that may read, and compare them as wholes. Never reflect, never allow null.",
        "읽어도 되는 출처를 나열하고 전체를 비교하세요. 되돌려 주지 말고 null을 허용하지 마세요.",
    ),
    stacks: &[
        (Stack::Express, "cors({ origin: ['https://app.example.org'], credentials: true })"),
        (Stack::Django, "CORS_ALLOWED_ORIGINS = ['https://app.example.org']  # not CORS_ALLOW_ALL_ORIGINS"),
        (Stack::Rails, "origins 'https://app.example.org' in rack-cors"),
        (Stack::Spring, "setAllowedOrigins(List.of(…)), not setAllowedOriginPatterns(\"*\")"),
        (Stack::Laravel, "'allowed_origins' => ['https://app.example.org'], 'supports_credentials' => true"),
        (Stack::Axum, "[clients.NAME] origins names them; the default is none"),
    ],
};

/// `cookie-samesite`
pub static COOKIE_SAMESITE: Rule = Rule {
    id: "cookie-samesite",
    title: Words::fixed(
        "Other sites cannot make browsers send the session's cookie",
        "다른 사이트가 브라우저에게 세션 쿠키를 보내게 할 수 없다",
    ),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Cookie,
    asvs: &["V3.3.2"],
    cwe: &[1275],
    why: Words::fixed(
        "Without SameSite, or with None, a form on any page in the world is sent with the user's session; only the CSRF token stands in between.",
        "SameSite가 없거나 None이면 세상 어느 페이지의 양식이든 사용자의 세션과 함께 전송됩니다. 막는 것은 CSRF 토큰뿐입니다.",
    ),
    how: Words::fixed(
        "Signs in, finds the cookie without which the site does not recognise the user, and reads its attributes.",
        "로그인한 뒤, 없으면 사이트가 사용자를 알아보지 못하는 쿠키를 찾아 그 속성을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Set SameSite=Lax, or Strict where no link from elsewhere has to arrive signed in. None needs a reason.",
        "SameSite=Lax를 설정하세요. 외부 링크로 로그인 상태로 들어올 필요가 없다면 Strict가 좋습니다. None에는 이유가 있어야 합니다.",
    ),
    stacks: &[
        (Stack::Express, "session({ cookie: { sameSite: 'lax' } })"),
        (Stack::Django, "SESSION_COOKIE_SAMESITE = 'Lax'"),
        (Stack::Rails, "config.action_dispatch.cookies_same_site_protection = :lax"),
        (Stack::Spring, "server.servlet.session.cookie.same-site=lax"),
        (Stack::Laravel, "'same_site' => 'lax'  // config/session.php"),
        (Stack::Axum, "nothing to do: admit sets Lax"),
    ],
};
