//! The landing page.

sentences! {
    /// The landing page.
    HomeText {
        title: "Start", "시작";
        heading: "Two questions, asked separately.", "두 가지를 따로 묻습니다.";
        lead: "admit signs people in and decides what they may do. Every route has a rule, and what is revoked is dead with the next request.", "admit은 사용자를 로그인시키고 무엇을 할 수 있는지 결정합니다. 모든 경로에 규칙이 있으며, 취소한 것은 바로 다음 요청부터 효력을 잃습니다.";
        ticket: "Authentication", "인증";
        ticket_question: "Who are you?", "누구입니까?";
        ticket_text: "The ticket. Without one the answer is 401.", "입장권입니다. 없으면 401로 응답합니다.";
        seat: "Authorization", "인가";
        seat_question: "May you do this?", "이 작업을 할 수 있습니까?";
        seat_text: "The seat class. The wrong one is answered with 403.", "좌석 등급입니다. 맞지 않으면 403으로 응답합니다.";
        where_to: "Where to go", "바로 가기";
        login_title: "Sign in", "로그인";
        login_text: "With a username and a password.", "사용자 이름과 비밀번호로 로그인합니다.";
        account_title: "Your account", "내 계정";
        account_text: "Devices that are signed in, your password.", "로그인한 기기와 비밀번호를 관리합니다.";
        admin_title: "Administration", "관리";
        admin_text: "Users, roles, sessions and the audit log.", "사용자, 역할, 세션, 감사 로그를 관리합니다.";
        choose_title: "Session or token?", "세션인가 토큰인가";
        choose_text: "Say what you need, and see what to use and why.", "필요한 것을 고르면 무엇을 왜 써야 하는지 알려 드립니다.";
        shop_title: "Demo shop", "데모 상점";
        shop_text: "Everyone may look; only an admin may edit a product.", "누구나 볼 수 있지만, 상품은 관리자만 수정할 수 있습니다.";
        flow_title: "Request flow", "요청 흐름";
        flow_text: "Watch what each step decided about each request.", "각 요청에 대해 단계마다 어떤 결정을 내렸는지 볼 수 있습니다.";
        setup_title: "Set up the first administrator", "첫 관리자 만들기";
        setup_text: "Open the link that the server printed when it started.", "서버가 시작할 때 출력한 링크를 여십시오.";
    }
}
