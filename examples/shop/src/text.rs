//! The words of the pages, in English and Korean side by side, so that neither is forgotten.

use crate::lang::Lang;

/// Declares the words of a page: `name: "English", "한국어";`.
macro_rules! sentences {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $en:expr, $ko:expr;)* }) => {
        $(#[$doc])*
        pub(crate) struct $name {
            $(pub(crate) $field: &'static str,)*
        }

        impl $name {
            const EN: Self = Self { $($field: $en,)* };
            const KO: Self = Self { $($field: $ko,)* };

            pub(crate) fn of(lang: $crate::lang::Lang) -> &'static Self {
                match lang {
                    $crate::lang::Lang::En => &Self::EN,
                    $crate::lang::Lang::Ko => &Self::KO,
                }
            }

            /// The words of both languages, for the test that none is empty.
            #[cfg(test)]
            fn all() -> Vec<(&'static str, &'static str, &'static str)> {
                vec![$((stringify!($field), $en, $ko),)*]
            }
        }
    };
}

sentences! {
    /// The words of the shop.
    ShopText {
        shop: "The shop", "상점";
        intro: "Anyone can view; editing needs product:update.",
            "누구나 볼 수 있습니다. 수정하려면 product:update 권한이 필요합니다.";
        skip: "Skip to content", "본문으로 건너뛰기";
        nav: "Main", "주 메뉴";
        languages: "Language", "언어";
        signed_in_as: "Signed in as", "로그인한 사용자";
        roles: "Roles", "역할";
        no_roles: "none", "없음";
        account: "Account", "내 계정";
        sign_in: "Sign in", "로그인";
        sign_out: "Sign out", "로그아웃";
        catalogue: "Catalogue", "상품 목록";
        product: "Product", "상품";
        name: "Name", "이름";
        name_hint: "1 to 100 characters", "1~100자";
        price: "Price", "가격";
        price_hint: "More than 0, at most 1,000,000, such as 12.50", "0보다 크고 1,000,000 이하, 예: 12.50";
        edit: "Edit", "수정";
        edit_product: "Edit product", "상품 수정";
        save: "Save", "저장";
        cancel: "Cancel", "취소";
        saved: "Saved", "저장했습니다";
        problem: "The product was not saved", "저장하지 못했습니다";
        anonymous_note: "Sign in to edit.",
            "수정하려면 로그인하십시오.";
        anonymous_try: "Ask for the edit page anyway: a browser is led to the sign-in page, a program gets 401.",
            "그래도 수정 페이지를 요청해 보기: 브라우저는 로그인 페이지로 안내되고, 프로그램은 401을 받습니다.";
        forbidden_note: "None of your roles permits product:update, so the edit links are not shown.",
            "product:update 권한이 없어 수정 링크를 표시하지 않습니다.";
        forbidden_try: "Hiding a link protects nothing. Ask for the edit page anyway: the server answers 403.",
            "링크를 숨기는 것은 보호가 아닙니다. 그래도 수정 페이지를 요청해 보기: 서버가 403으로 답합니다.";
        missing: "There is no such product", "그런 상품이 없습니다";
        missing_detail: "It may have had another number.", "번호가 다를 수 있습니다.";
        back: "Back to the shop", "상점으로 돌아가기";
    }
}

sentences! {
    /// The words of the attack page.
    AttackText {
        title: "Attack the shop", "상점 공격하기";
        warning: "This is a demonstration. It attacks only the shop on your own machine, from another origin, with harmless values.",
            "시연용 페이지입니다. 다른 출처(origin)에서 여러분 컴퓨터의 상점만, 해롭지 않은 값으로 공격합니다.";
        languages: "Language", "언어";
        setting: "You are on a page that does not belong to the shop. Your browser may hold the shop's session cookie, and this page tries to use it without you noticing. That is cross-site request forgery (CSRF).",
            "지금 보는 페이지는 상점의 것이 아닙니다. 브라우저에는 상점의 세션 쿠키가 있을 수 있고, 이 페이지는 여러분 몰래 그 쿠키를 쓰려 합니다. 이것이 사이트 간 요청 위조(CSRF)입니다.";
        harder: "The harder case: this page and the shop differ only in the port. To a browser that is another origin but the same site, so it does send the SameSite=Lax cookie along. SameSite alone would stop nothing here. From a truly foreign site the cookie would stay behind as well.",
            "더 어려운 경우입니다. 이 페이지와 상점은 포트만 다릅니다. 브라우저가 보기에 출처(origin)는 다르지만 사이트(site)는 같아서 SameSite=Lax 쿠키가 함께 전송됩니다. 여기서는 SameSite만으로 아무것도 막지 못합니다. 정말 다른 사이트에서라면 쿠키도 따라오지 않습니다.";
        prepare: "First sign in at the shop as an admin, so that there is something to steal. Open the shop under the same host name as this page.",
            "먼저 상점에 관리자로 로그인하십시오. 그래야 훔칠 것이 있습니다. 상점은 이 페이지와 같은 호스트 이름으로 여십시오.";
        open_shop: "Open the shop", "상점 열기";
        sign_in: "Sign in", "로그인";
        all: "Run all four", "네 가지 모두 실행";
        run: "Attack", "공격";
        what: "What it does", "무엇을 하나";
        naive: "Why it works on a naive site", "허술한 사이트에서 통하는 이유";
        stops: "What stops it here", "여기서 막는 것";
        no_script: "Without JavaScript the two forms can still be sent, but this page cannot show what stopped them. See /dev/flow of the server.",
            "JavaScript 없이도 두 폼은 보낼 수 있지만, 무엇이 막았는지는 보여 줄 수 없습니다. 서버의 /dev/flow를 보십시오.";

        form_title: "A forged form", "위조한 폼";
        form_what: "A hidden form on this page posts a new name and price for product 1 to the shop.",
            "이 페이지의 숨은 폼이 상품 1의 새 이름과 가격을 상점에 POST합니다.";
        form_naive: "Any page may send a form to any address, and the browser adds the cookie by itself. A site that looks at the cookie alone sees its admin save a product.",
            "어느 페이지든 어느 주소로나 폼을 보낼 수 있고, 쿠키는 브라우저가 알아서 붙입니다. 쿠키만 보는 사이트에는 관리자가 상품을 저장한 것으로 보입니다.";
        form_stops: "The browser itself says where the form came from (Sec-Fetch-Site, Origin), and the gate refuses it before it looks up any session. Behind that stands the CSRF token: this page cannot read the shop's pages, so it does not have one.",
            "폼이 어디서 왔는지 브라우저가 스스로 알립니다(Sec-Fetch-Site, Origin). 게이트는 세션을 찾아보기도 전에 거절합니다. 그 뒤에는 CSRF 토큰이 있습니다. 이 페이지는 상점의 페이지를 읽을 수 없으므로 토큰이 없습니다.";

        fetch_title: "Two fetches", "두 가지 fetch";
        fetch_what: "A script sends a JSON PUT with credentials to the API, and then a \"simple\" text/plain POST, which browsers send without asking first.",
            "스크립트가 자격 증명과 함께 JSON PUT을 API로 보내고, 이어서 브라우저가 미리 묻지 않고 보내는 \"단순\" text/plain POST를 보냅니다.";
        fetch_naive: "A site that answers CORS with \"any origin, with credentials\" lets the PUT through. One that parses a body as JSON whatever its type is called lets the POST through.",
            "CORS로 \"어느 출처든, 자격 증명 포함\"이라고 답하는 사이트는 PUT을 통과시킵니다. 형식 이름과 상관없이 본문을 JSON으로 읽는 사이트는 POST를 통과시킵니다.";
        fetch_stops: "PUT needs the shop's consent first (a preflight), and the shop gives none. The POST arrives and is refused by Sec-Fetch-Site. After that it would lack the CSRF token, and the form's address takes no text/plain (415).",
            "PUT은 먼저 상점의 동의(preflight)가 필요한데 상점은 동의하지 않습니다. POST는 도착하지만 Sec-Fetch-Site 때문에 거절됩니다. 그다음에는 CSRF 토큰이 없고, 폼 주소는 text/plain을 받지 않습니다(415).";

        image_title: "Two images", "두 가지 이미지";
        image_what: "Two images whose addresses are actions: one \"edits\" product 1 with a query, one \"signs out\".",
            "주소가 곧 동작인 이미지 두 개입니다. 하나는 쿼리로 상품 1을 \"수정\"하고, 하나는 \"로그아웃\"합니다.";
        image_naive: "An image is fetched with cookies and without a click. On a site where GET changes something, looking at a page is enough.",
            "이미지는 클릭 없이 쿠키와 함께 요청됩니다. GET이 무언가를 바꾸는 사이트라면 페이지를 보는 것만으로 충분합니다.";
        image_stops: "GET never changes anything here: no route takes it at these addresses, and there is nothing to forge.",
            "여기서는 GET이 아무것도 바꾸지 않습니다. 이 주소들에는 GET을 받는 경로가 없어 위조할 것이 없습니다.";

        login_title: "Login CSRF", "로그인 CSRF";
        login_what: "A hidden form signs you in, as the attacker. What you then type, buy or upload lands in the attacker's account.",
            "숨은 폼이 여러분을 공격자의 계정으로 로그인시킵니다. 그 뒤 입력하고 사고 올린 것은 공격자의 계정에 쌓입니다.";
        login_naive: "Before login there is no session to tie a token to, so many sites leave the login form unprotected.",
            "로그인 전에는 토큰을 묶을 세션이 없어서, 많은 사이트가 로그인 폼을 보호하지 않습니다.";
        login_stops: "The login route takes the same origin check, and a form needs the token of its own page, tied to a cookie that this page cannot read.",
            "로그인 경로도 출처를 똑같이 검사하며, 폼에는 이 페이지가 읽을 수 없는 쿠키에 묶인, 그 페이지의 토큰이 필요합니다.";

        idle: "Not tried yet.", "아직 시도하지 않았습니다.";
        waiting: "Waiting for the request to be seen…", "요청이 보이기를 기다리는 중…";
        unseen: "The gate has seen no such request. Is the shop running, and does the browser allow requests to it?",
            "게이트가 그런 요청을 보지 못했습니다. 상점이 실행 중인지, 브라우저가 요청을 허용하는지 확인하십시오.";
        stopped: "Stopped", "막혔습니다";
        succeeded: "Succeeded", "성공했습니다";
        at_step: "Stopped at the step", "막힌 단계";
        passed: "It passed every step of the gate.", "게이트의 모든 단계를 통과했습니다.";
        preflight: "PUT: the browser asked the shop first (preflight) and got no consent, so the PUT was never sent. The gate has not seen it.",
            "PUT: 브라우저가 먼저 상점에 물었고(preflight) 동의를 받지 못해 PUT은 전송되지 않았습니다. 게이트도 보지 못했습니다.";
        no_get: "No route takes GET here (405), and an image cannot read the answer. The gate keeps no trace of an address without a route, so this is all there is to show.",
            "여기에는 GET을 받는 경로가 없고(405), 이미지는 응답을 읽을 수 없습니다. 경로가 없는 주소는 게이트에 기록이 남지 않으므로 보여 줄 것은 이것뿐입니다.";
        get_seen: "A route answered this GET. An image cannot read the answer, and this page cannot see what the route did.",
            "이 GET에 답한 경로가 있습니다. 이미지는 응답을 읽을 수 없고, 그 경로가 무엇을 했는지 이 페이지는 볼 수 없습니다.";
        unchanged: "Product 1 was not changed by this:", "이 공격으로 바뀌지 않은 상품 1:";
        changed: "Product 1 was changed:", "바뀐 상품 1:";
        step_extract: "extract (what was presented)", "추출(무엇을 제시했나)";
        step_csrf: "csrf (is it forged)", "CSRF(위조인가)";
        step_authenticate: "authenticate (who is it)", "인증(누구인가)";
        step_authorize: "authorize (may they)", "인가(해도 되는가)";
    }
}

/// The languages under their own names, for the switch.
pub(crate) const LANGUAGES: [(Lang, &str); 2] = [(Lang::En, "English"), (Lang::Ko, "한국어")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages() {
        for (field, en, ko) in ShopText::all().into_iter().chain(AttackText::all()) {
            assert!(!en.is_empty() && !ko.is_empty(), "{field}");
            assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)), "{field} is not Korean: {ko}");
        }
    }
}
