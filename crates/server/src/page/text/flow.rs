//! The request-flow page. The names of the steps are those of the code, in every language.

sentences! {
    /// The request-flow page.
    FlowText {
        title: "Request flow", "요청 흐름";
        lead: "Every request passes the same four steps, in this order. The first that refuses ends it.", "모든 요청은 같은 네 단계를 순서대로 거칩니다. 한 단계에서 거부되면 거기서 끝납니다.";
        dev_only: "Shown in development mode only. Secrets are never recorded.", "개발 모드에서만 표시됩니다. 비밀 값은 기록하지 않습니다.";
        extract: "What was presented?", "어떤 자격 증명을 보냈습니까?";
        csrf: "Did our own page send it?", "이 사이트의 페이지에서 보냈습니까?";
        authenticate: "Who is it?", "누구입니까?";
        authorize: "May they do this?", "이 작업을 할 수 있습니까?";
        passed: "Passed", "통과";
        stopped: "Stopped", "중단";
        skipped: "Not reached", "실행되지 않음";
        answered: "Answered", "응답";
        redirected: "Redirected", "이동";
        refused_status: "Refused", "거부";
        failed: "Failed", "오류";
        outcomes: "Three refusals, three meanings", "세 가지 거부, 세 가지 의미";
        m401: "Who are you?", "누구십니까?";
        m401_text: "No ticket, or one that is no longer valid. Signing in helps.", "입장권이 없거나 더는 유효하지 않습니다. 로그인하면 해결됩니다.";
        m403: "You may not.", "권한이 없습니다.";
        m403_text: "The ticket is valid, but not for this seat; or the request is forged. Signing in again does not help.", "입장권은 유효하지만 이 좌석에는 맞지 않거나, 위조된 요청입니다. 다시 로그인해도 해결되지 않습니다.";
        m503: "We cannot check.", "확인할 수 없습니다.";
        m503_text: "The store did not answer. Nobody is let in until it does.", "저장소가 응답하지 않습니다. 응답할 때까지 아무도 들여보내지 않습니다.";
        requests: "Requests", "요청";
        all: "All", "전체";
        refused: "Refused only", "거부된 요청만";
        filter: "Show", "표시";
        pause: "Pause updates", "자동 갱신 일시 중지";
        refresh: "Refresh", "새로 고침";
        empty: "No requests yet. Open another page, or run one of the commands below.", "아직 요청이 없습니다. 다른 페이지를 열거나 아래 명령을 실행해 보십시오.";
        took: "took", "소요";
        status: "Status", "상태";
        try_it: "Try it", "직접 해 보기";
        try_lead: "Run a command in a terminal, and see where it stops.", "터미널에서 명령을 실행하고 어디서 중단되는지 확인해 보십시오.";
        try_anonymous: "An anonymous visitor opens the account page", "로그인하지 않은 방문자가 계정 페이지를 엽니다";
        try_forged: "Another site sends our form", "다른 사이트에서 이 사이트의 양식을 보냅니다";
        try_public: "Anyone can open the start page", "시작 페이지는 누구나 열 수 있습니다";
    }
}

impl FlowText {
    /// What a status means, in two words.
    #[must_use]
    pub fn meaning(&self, status: u16) -> &'static str {
        match status {
            401 => self.m401,
            403 => self.m403,
            503 => self.m503,
            100..=299 => self.answered,
            300..=399 => self.redirected,
            400..=499 => self.refused_status,
            _ => self.failed,
        }
    }

    /// The question that a step answers; nothing for a step that has none.
    #[must_use]
    pub fn question(&self, step: &str) -> &'static str {
        match step {
            "extract" => self.extract,
            "csrf" => self.csrf,
            "authenticate" => self.authenticate,
            "authorize" => self.authorize,
            _ => "",
        }
    }
}
