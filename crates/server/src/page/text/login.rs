//! The login page, and what it may have to say.

sentences! {
    /// The login page.
    LoginText {
        title: "Sign in", "로그인";
        username: "Username", "사용자 이름";
        password: "Password", "비밀번호";
        submit: "Sign in", "로그인";
        demo_hint: "No demo accounts. Create the first admin with the link in the terminal.", "데모 계정은 없습니다. 터미널에 출력된 링크로 첫 관리자를 만드십시오.";
        wrong: "The username or the password is wrong.", "사용자 이름 또는 비밀번호가 올바르지 않습니다.";
        throttled: "Too many attempts. Try again in {} [second|seconds].", "로그인을 너무 여러 번 시도했습니다. {}초 후에 다시 시도하십시오.";
        busy: "Many people are signing in right now. Try again in {} [second|seconds].", "지금 로그인 요청이 많습니다. {}초 후에 다시 시도하십시오.";
        account_busy: "Too many passwords are being checked for this account at once. Try again in a second.", "이 계정의 비밀번호 확인 요청이 너무 많습니다. 잠시 후 다시 시도하십시오.";
        address_busy: "Too many passwords are being checked for your network at once. Try again in a second.", "사용 중인 네트워크에서 비밀번호 확인 요청이 너무 많습니다. 잠시 후 다시 시도하십시오.";
        hashing_stopped: "The server cannot check passwords until it is restarted. Please tell the operator.", "서버를 다시 시작하기 전에는 비밀번호를 확인할 수 없습니다. 서버 운영자에게 알려 주십시오.";
        unavailable: "Signing in is not possible right now. Try again in a moment.", "지금은 로그인할 수 없습니다. 잠시 후 다시 시도하십시오.";
        stale_form: "This page was open for too long. Please sign in again.", "페이지를 연 지 너무 오래되었습니다. 다시 로그인하십시오.";
        cookie_dropped: "Your browser did not keep this page's cookie, so you cannot be signed in. Allow cookies for this site, and try again.", "브라우저가 이 페이지의 쿠키를 저장하지 않아 로그인할 수 없습니다. 이 사이트의 쿠키를 허용한 뒤 다시 시도하십시오.";
        cookie_other_host: "Your browser did not keep this page's cookie. Open the server at {} instead.", "브라우저가 이 페이지의 쿠키를 저장하지 않았습니다. 다음 주소로 접속하십시오: {}";
        cookie_plain_http: "This address uses http without encryption, where browsers drop the sign-in cookie. Use https, or localhost.", "암호화되지 않은 http 주소에서는 브라우저가 로그인 쿠키를 저장하지 않습니다. https 또는 localhost 주소를 사용하십시오.";
        signed_out: "You are signed out.", "로그아웃했습니다.";
        signed_out_everywhere: "You are signed out on every device.", "모든 기기에서 로그아웃했습니다.";
        sign_in_first: "Sign in to continue.", "계속하려면 로그인하십시오.";
        sign_in_again: "This needs a recent sign-in. Sign in again to continue.", "최근에 로그인한 경우에만 할 수 있는 작업입니다. 계속하려면 다시 로그인하십시오.";
        session_ended: "Your session has ended. Sign in again.", "세션이 종료되었습니다. 다시 로그인하십시오.";
        signed_in_title: "You are already signed in", "이미 로그인되어 있습니다";
        signed_in_before: "You are signed in as ", "현재 ";
        signed_in_after: ".", " 계정으로 로그인되어 있습니다.";
        signed_in_text: "To use another account, sign out first.", "다른 계정을 사용하려면 먼저 로그아웃하십시오.";
        go_on: "Continue", "계속";
        sign_out: "Sign out", "로그아웃";
        sign_out_text: "Signing out ends this session. Other devices stay signed in.", "로그아웃하면 이 세션만 종료됩니다. 다른 기기의 로그인은 유지됩니다.";
        stay: "Stay signed in", "로그인 유지";
        password_changed: "Your password is changed. Sign in with the new one.", "비밀번호를 변경했습니다. 새 비밀번호로 로그인하십시오.";
    }
}
