//! `jwt-logout`

use std::sync::Arc;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{BOUND, access_jwt, until_refused};
use crate::http::{Exchange, Origin, Request, now};
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome, Stop};
use crate::site::{Issued, Site, Visitor, Who, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "jwt-logout",
    title: Words::fixed("A token that was given up is dead", "반납한 토큰은 쓸 수 없다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V7.4.1"],
    cwe: &[613],
    why: Words::fixed(
        "Who signs out because the phone is in other hands believes to be safe. A token that lives on until it expires \
         keeps whoever copied it signed in (RFC 7009, RFC 9700 §2.2.1).",
        "전화기가 남의 손에 있어 로그아웃한 사람은 안전하다고 믿습니다. 만료될 때까지 살아 있는 토큰은 그것을 복사한 사람을 \
         로그인한 상태로 둡니다(RFC 7009, RFC 9700 §2.2.1).",
    ),
    how: Words::fixed(
        "Gives up a token of its own at the address that the recipe names (revoke of [tokens]) and presents it again for \
         six seconds: APIs that check by themselves hear of it a little later.",
        "레시피가 알려 준 주소([tokens]의 revoke)에서 자신의 토큰을 반납하고 6초 동안 다시 제시해 봅니다. 스스로 확인하는 API는 \
         조금 늦게 알게 되기 때문입니다.",
    ),
    remedy: Words::fixed(
        "Keep the ids (`jti`, `sid`) of tokens that were given up until they expire, and look there at each request; or \
         keep their sign-in at the server and ask whether it lives.",
        "반납된 토큰의 id(`jti`, `sid`)를 만료될 때까지 보관하고 요청마다 확인하세요. 또는 로그인 상태를 서버에 두고 살아 \
         있는지 물어보세요.",
    ),
    stacks: &[
        (Stack::Express, "await redis.set(`dead:${jti}`, 1, { EXAT: exp });  // and refuse where it is there"),
        (
            Stack::Django,
            "INSTALLED_APPS += [\"rest_framework_simplejwt.token_blacklist\"]  # ends refresh tokens; check jti for access tokens",
        ),
        (Stack::Rails, "devise-jwt: jwt_revocation_strategy: JwtDenylist"),
        (
            Stack::Spring,
            "an OAuth2TokenValidator<Jwt> that looks the jti up; or spring.security.oauth2.resourceserver.opaquetoken.introspection-uri",
        ),
        (Stack::Laravel, "auth('api')->logout()  // jwt-auth, with JWT_BLACKLIST_ENABLED=true"),
        (Stack::Axum, "Gate::offline(…).client(…): follows the issuer's revocations"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    access_jwt(site).await?;
    let Some(place) = site.token_recipe()?.revoke else {
        return Err(unnamed(
            "The address at which a token is given up was not named (--revoke-url, or revoke of [tokens]).",
            "토큰을 반납하는 주소가 지정되지 않았습니다 (--revoke-url 또는 [tokens]의 revoke).",
        ));
    };
    site.working_token(Who::Ordinary).await?;
    let issued = site.fresh_tokens(Who::Ordinary).await?;
    let (before, alive) = site.accepts(&issued.access).await?;
    let given_up = revoke(site, &place, &issued).await?;
    if !alive || !given_up.is_success() {
        let status = given_up.status();
        return Ok(Outcome::untested(say!(
            "The token could not be given up: {place} answered {status}.",
            "토큰을 반납할 수 없었습니다: {place}의 응답은 {status}입니다."
        ))
        .seen_all([&before, &given_up]));
    }
    let (exchange, passed, accepted) = until_refused(site, &issued.access).await?;
    let evidence = [&given_up, &exchange];
    let seconds = passed.as_secs();
    if accepted {
        let bound = BOUND.as_secs();
        return Ok(Outcome::fail(say!(
            "The token was given up, and is still accepted {bound} s later.",
            "토큰을 반납했는데 {bound}초가 지나도 받아들여집니다."
        ))
        .seen_all(evidence));
    }
    let ends = Jwt::read(&issued.access).and_then(|jwt| jwt.seconds("exp"));
    if seconds > 0 && ends.is_some_and(|ends| ends <= now()) {
        return Ok(Outcome::untested(Words::fixed(
            "The token was still accepted after it was given up, and expired before the check had waited long enough.",
            "토큰을 반납한 뒤에도 받아들여졌지만, 검사가 충분히 기다리기 전에 토큰이 만료되었습니다.",
        ))
        .seen_all(evidence));
    }
    Ok(if seconds == 0 {
        Outcome::pass(say!("The token was refused as soon as it was given up.", "반납한 토큰은 곧바로 거부되었습니다."))
    } else {
        Outcome::pass(say!(
            "The token was refused {seconds} s after it was given up.",
            "반납한 토큰은 {seconds}초 뒤에 거부되었습니다."
        ))
    }
    .seen_all(evidence))
}

/// Gives a token up: as its bearer, else as RFC 7009 has it.
async fn revoke(site: &mut Site, place: &str, issued: &Issued) -> Result<Arc<Exchange>, Stop> {
    let url = site.url(place)?;
    let bare = Request::new("POST", url.clone(), Origin::Unsaid).header("Accept", "application/json");
    let answer = site.send(bare.bearer(&issued.access), &mut Visitor::default()).await?;
    if answer.is_success() {
        return Ok(answer);
    }
    let mut further = site.token_recipe()?.refresh_fields;
    further.remove("grant_type");
    let mut last = answer;
    for token in issued.refresh.iter().chain([&issued.access]) {
        let fields = further.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let request = Request::form(url.clone(), fields.chain([("token", token.as_str())]), Origin::Unsaid);
        let answer = site.send(request.header("Accept", "application/json"), &mut Visitor::default()).await?;
        // Some take the refresh token alone, and end the sign-in with it.
        if answer.is_success() || !last.is_success() {
            last = answer;
        }
    }
    Ok(last)
}
