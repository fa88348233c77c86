//! What surrounds every page: navigation, languages, signing out.

sentences! {
    /// What surrounds every page.
    ChromeText {
        skip: "Skip to content", "본문으로 건너뛰기";
        nav: "Main", "주 메뉴";
        languages: "Language", "언어";
        home: "Start page", "시작 페이지";
        account: "Account", "내 계정";
        admin: "Admin", "관리자";
        shop: "Shop", "상점";
        flow: "Request flow", "요청 흐름";
        sign_in: "Sign in", "로그인";
        sign_out: "Sign out", "로그아웃";
        signed_in_as: "Signed in as", "로그인한 사용자";
        tagline: "Authentication is the ticket, authorization is the seat class.", "인증은 입장권이고, 인가는 좌석 등급입니다.";
        dev_mode: "Development mode", "개발 모드";
        problem: "There is a problem", "오류가 있습니다";
        show_password: "Show password", "비밀번호 표시";
        none: "None", "없음";
    }
}
