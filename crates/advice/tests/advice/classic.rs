//! The cases that everybody asks about.

use admit_advice::{Answer, Check, Checks, Client, Credential, Logout, Network, Others, Sites, csrf, toml};
use admit_words::Language;

use crate::advice;

fn credentials(client: Client, answers: &[Answer]) -> Vec<Credential> {
    advice(client, answers).unwrap().pattern.holders.iter().map(|holder| holder.credential).collect()
}

#[test]
fn a_server_rendered_shop_gets_a_session() {
    assert_eq!(credentials(Client::ServerRendered, &[]), [Credential::Session]);
    let it = advice(Client::ServerRendered, &[]).unwrap();
    assert_eq!((it.check, it.missing.len()), (Check::Here, 0));
    assert!(csrf(Credential::Session).0, "and its forms carry the CSRF token");
    assert!(!toml(&it.sections).contains("[tokens]"), "and nothing of tokens is to be set");
}

#[test]
fn a_single_page_app_on_the_same_site_gets_a_session_in_a_cookie_and_nothing_in_local_storage() {
    let it = advice(Client::SameSiteSpa, &[]).unwrap();
    assert_eq!(it.pattern.holders.len(), 1);
    let holder = it.pattern.holders[0];
    assert_eq!(holder.credential, Credential::Session);
    assert!(
        holder.kept.say(Language::En).contains("HttpOnly")
            && holder.kept.say(Language::En).contains("localStorage holds nothing")
    );
    assert_eq!(it.otherwise[0].instead.say(Language::En), "A JWT in localStorage");
}

#[test]
fn a_native_app_gets_short_access_tokens_and_a_refresh_token_that_rotates_and_no_csrf_token() {
    let it = advice(Client::NativeApp, &[]).unwrap();
    assert_eq!(it.pattern.holders[0].credential, Credential::AccessAndRefresh);
    assert!(!csrf(Credential::AccessAndRefresh).0);
    assert_eq!((it.lifetimes.access.short(), it.lifetimes.refresh_idle.short()), ("5m".to_owned(), "14d".to_owned()));
    assert!(toml(&it.sections).contains("[clients.app]\nruns = \"native\""));
}

#[test]
fn service_to_service_is_client_credentials_without_a_refresh_token() {
    assert_eq!(credentials(Client::Service, &[]), [Credential::OwnAccess]);
    let text = toml(&advice(Client::Service, &[]).unwrap().sections);
    assert!(text.contains("[clients.job]\nruns = \"service\"\nsecret_file"), "{text}");
}

#[test]
fn a_rendered_app_that_calls_internal_apis_has_a_session_outside_and_an_exchanged_token_inside() {
    let inside = [Answer::Checks(Checks::OurServices)];
    assert_eq!(credentials(Client::ServerRendered, &inside), [Credential::Session, Credential::Exchanged]);
    let text = toml(&advice(Client::ServerRendered, &inside).unwrap().sections);
    assert!(text.contains("session_exchange = true"), "{text}");
}

#[test]
fn how_services_check_follows_from_how_late_a_logout_may_be() {
    let check =
        |checks, logout| advice(Client::NativeApp, &[Answer::Checks(checks), Answer::Logout(logout)]).unwrap().check;
    assert_eq!(check(Checks::OurServices, Logout::NextRequest), Check::Asked);
    assert_eq!(check(Checks::OurServices, Logout::Seconds), Check::Followed);
    assert_eq!(check(Checks::OurServices, Logout::Minutes), Check::ByKeys);
    assert_eq!(check(Checks::TheirServices, Logout::Seconds), Check::Asked, "the feed tells of everybody");
    assert_eq!(check(Checks::Here, Logout::Minutes), Check::Here, "for nothing it is at once");
}

#[test]
fn others_who_use_the_api_in_users_names_need_oauth_and_are_told_what_admit_lacks() {
    let it = advice(Client::ThirdParty, &[]).unwrap();
    assert_eq!(it.pattern.holders[0].credential, Credential::Granted);
    let missing = it.missing[0].say(Language::En);
    for word in ["cannot", "authorization endpoint", "consent", "PKCE", "redirect"] {
        assert!(missing.contains(word), "{missing}");
    }
    assert!(it.sections.is_empty(), "and no setting pretends otherwise");
    let itself = credentials(Client::ThirdParty, &[Answer::Others(Others::No)]);
    assert_eq!(itself, [Credential::OwnAccess], "for themselves, client credentials do");
}

#[test]
fn a_kiosk_without_a_network_is_told_what_can_be_promised_and_what_cannot() {
    let it = advice(Client::Kiosk, &[]).unwrap();
    assert_eq!((it.pattern.holders[0].credential, it.check), (Credential::Lease, Check::OnDevice));
    let promises: Vec<&str> = it.promises.iter().map(|words| words.say(Language::En)).collect();
    assert!(promises[0].starts_with("Can be promised") && promises[1].starts_with("Cannot be promised"));
    assert_eq!(it.lifetimes.access.short(), "60m");
    let at_once = advice(Client::Kiosk, &[Answer::Logout(Logout::NextRequest)]).unwrap_err();
    assert_eq!(at_once.row, "offline-device-that-must-hear");
    assert!(at_once.between.contains(&Answer::Logout(Logout::NextRequest)));
    let online = [Answer::Network(Network::Always), Answer::Checks(Checks::Here)];
    assert_eq!(credentials(Client::Kiosk, &online), [Credential::SharedSession], "with one, a session of minutes");
}

#[test]
fn a_page_on_another_site_gets_a_session_of_its_own_site_and_never_a_token() {
    for checks in Checks::ALL {
        let it = advice(Client::OtherSiteSpa, &[Answer::Checks(*checks)]).unwrap();
        assert_eq!(it.pattern.holders[0].credential, Credential::Session);
        assert!(it.missing.iter().any(|words| words.say(Language::En).contains("OpenID provider")));
    }
    let one = advice(Client::OtherSiteSpa, &[Answer::Sites(Sites::One)]).unwrap_err();
    assert_eq!(one.row, "other-site-and-one-site");
}
