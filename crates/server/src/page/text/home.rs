//! The landing page.

sentences! {
    /// The landing page.
    HomeText {
        title: "Start", "시작";
        heading: "Two questions, asked separately.", "두 가지를 따로 묻습니다.";
        lead: "admit signs people in and decides what they may do. Every route has a rule, and a revoked session or permission ends with the next request.", "admit은 사용자의 로그인을 처리하고 무엇을 할 수 있는지 결정합니다. 모든 경로에 규칙이 있고, 세션이나 권한을 회수하면 바로 다음 요청부터 적용됩니다.";
        ticket: "Authentication", "인증";
        ticket_question: "Who are you?", "누구십니까?";
        ticket_text: "The ticket. Without one, the answer is 401.", "입장권에 해당합니다. 없으면 401로 응답합니다.";
        seat: "Authorization", "인가";
        seat_question: "May you do this?", "이 작업을 할 수 있습니까?";
        seat_text: "The seat class. In the wrong one, the answer is 403.", "좌석 등급에 해당합니다. 등급이 맞지 않으면 403으로 응답합니다.";
        where_to: "Where to go", "바로 가기";
        login_title: "Sign in", "로그인";
        login_text: "With a username and a password.", "사용자 이름과 비밀번호로 로그인합니다.";
        account_title: "Your account", "내 계정";
        account_text: "Your devices and your password.", "로그인한 기기와 비밀번호를 관리합니다.";
        admin_title: "Administration", "관리자";
        admin_text: "Users, roles, sessions and the audit log.", "사용자, 역할, 세션, 감사 로그를 관리합니다.";
        choose_title: "Session or token?", "세션을 쓸까, 토큰을 쓸까?";
        choose_text: "Answer a few questions, and see which to use and why.", "몇 가지 질문에 답하면 무엇을 써야 하는지 이유와 함께 알려 드립니다.";
        shop_title: "Demo shop", "데모 상점";
        shop_text: "Anyone can view the products; editing needs product:update.", "상품은 누구나 볼 수 있지만, 수정하려면 product:update 권한이 필요합니다.";
        flow_title: "Request flow", "요청 흐름";
        flow_text: "See what each step decided about each request.", "요청마다 각 단계가 어떤 결정을 내렸는지 보여 줍니다.";
        setup_title: "Create the first administrator", "첫 관리자 만들기";
        setup_text: "Open the link that the server printed when it started.", "서버가 시작할 때 출력한 링크를 여십시오.";
    }
}
