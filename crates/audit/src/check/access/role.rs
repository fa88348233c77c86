//! `access-role`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::content::{Public, shows, words};
use super::guarded::inside;
use super::{admin_addresses, answers, as_stranger, nothing_judged};
use crate::check::if_known;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, asks_to_sign_in};

pub(crate) static RULE: Rule = Rule {
    id: "access-role",
    title: Words::fixed("What is the admin's is closed to ordinary users", "관리자의 것은 일반 사용자에게 닫혀 있다"),
    severity: Severity::Critical,
    tier: Tier::Login,
    area: Area::Access,
    asvs: &["V8.2.1", "V8.3.1"],
    cwe: &[862, 863],
    why: Words::fixed(
        "Everybody who may register is then an administrator: links that are not shown are typed.",
        "가입할 수 있는 사람은 누구나 관리자가 됩니다. 링크를 숨겨도 주소를 직접 입력하면 그만입니다.",
    ),
    how: Words::fixed(
        "Opens the admin's pages and API addresses as the ordinary account. With an admin account, what comes is compared with \
         what the admin sees; without one, a 2xx is a warning.",
        "관리자 페이지와 API 주소를 일반 계정으로 엽니다. 관리자 계정이 있으면 관리자가 보는 것과 비교하고, 없으면 2xx를 \
         주의로 봅니다.",
    ),
    remedy: Words::fixed(
        "Check the permission at the server on each route of the admin's, and refuse where nothing is said.",
        "관리자 경로마다 서버에서 권한을 확인하고, 정해지지 않은 것은 거부하세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "app.use('/admin', (req, res, next) => req.user.role === 'admin' ? next() : res.sendStatus(403))",
        ),
        (Stack::Django, "@permission_required('app.change_thing', raise_exception=True)"),
        (Stack::Rails, "before_action { head :forbidden unless current_user.admin? }"),
        (
            Stack::Spring,
            "http.authorizeHttpRequests(a -> a.requestMatchers(\"/admin/**\").hasRole(\"ADMIN\").anyRequest().authenticated())",
        ),
        (Stack::Laravel, "Route::middleware(['auth', 'can:administer'])->group(…)"),
        (Stack::Axum, ".route(\"/admin\", require(\"admin:read\", get(admin)))"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let addresses = admin_addresses(site)?;
    site.account(Who::Ordinary)?;
    let public = Public::of(site).await?;
    let mut common = public.words.clone();
    if let Some(session) = if_known(site.session(Who::Ordinary).await)? {
        // What stands on any page of a signed-in user is not the admin's.
        common.extend(session.landed().map(|landed| words(landed)).unwrap_or_default());
    }
    let (mut open, mut doubtful, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    for address in addresses {
        let ordinary = inside(site, &address, Who::Ordinary).await?;
        if !ordinary.is_success() || asks_to_sign_in(&ordinary) || public.is_frame(&ordinary) {
            closed.push(ordinary);
            continue;
        }
        let stranger = as_stranger(site, &address).await?;
        if stranger.is_success() && !asks_to_sign_in(&stranger) {
            // Open to everybody: another check's question.
            continue;
        }
        match if_known(inside(site, &address, Who::Admin).await)? {
            Some(admin) if admin.is_success() => {
                let own = words(&admin).difference(&common).cloned().collect();
                let same = words(&admin) == words(&ordinary);
                if same || shows(&ordinary, &own) {
                    open.extend([admin, ordinary]);
                } else {
                    closed.push(ordinary);
                }
            }
            _ => doubtful.push(ordinary),
        }
    }
    if !open.is_empty() {
        let answers = answers(open.iter().skip(1).step_by(2));
        return Ok(Outcome::fail(say!(
            "The ordinary account sees what the admin sees: {answers}.",
            "일반 계정이 관리자가 보는 것을 봅니다: {answers}."
        ))
        .seen_all(&open));
    }
    if !doubtful.is_empty() {
        let answers = answers(&doubtful);
        return Ok(Outcome::warn(say!(
            "The ordinary account is not refused: {answers}. Give an admin account, and it is compared with what the admin sees.",
            "일반 계정이 거부되지 않습니다: {answers}. 관리자 계정을 주면 관리자가 보는 것과 비교합니다."
        ))
        .seen_all(&doubtful));
    }
    if closed.is_empty() {
        return Ok(nothing_judged(&[]));
    }
    let answers = answers(&closed);
    Ok(Outcome::pass(say!("The ordinary account is refused: {answers}.", "일반 계정이 거부됩니다: {answers}."))
        .seen_all(closed.iter().take(4)))
}
