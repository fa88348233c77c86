//! The error page: each status in words, and what to do about it.

sentences! {
    /// The error page.
    FailureText {
        bad_request_title: "The request could not be read", "요청을 읽을 수 없습니다";
        bad_request: "The request is malformed or contradicts itself.", "요청의 형식이 잘못되었거나 내용이 서로 맞지 않습니다.";
        no_place: "The address does not point to a place in this list. Open the list again.", "주소가 가리키는 위치가 이 목록에 없습니다. 목록을 다시 여십시오.";
        unauthorized_title: "Sign in first", "로그인이 필요합니다";
        unauthorized: "This page is for people who are signed in.", "로그인한 사용자만 볼 수 있는 페이지입니다.";
        forbidden_title: "You may not do this", "권한이 없습니다";
        forbidden: "None of your roles permits it.", "이 작업을 허용하는 역할이 없습니다.";
        roles_changed: "Your roles changed while this request was under way, so nothing was changed.", "요청을 처리하는 동안 역할이 변경되어 아무것도 변경하지 않았습니다.";
        forged_title: "This request did not come from our page", "이 사이트에서 보낸 요청이 아닙니다";
        forged: "The form was sent from another site. Nothing was changed.", "다른 사이트에서 보낸 양식입니다. 변경된 내용은 없습니다.";
        forged_remedy: "Go back, reload the page and try again.", "이전 페이지로 돌아가 새로 고친 뒤 다시 시도하십시오.";
        stale_title: "This page is out of date", "페이지가 만료되었습니다";
        stale: "You have signed in or out since it was opened, or it was open for too long. Nothing was changed.", "페이지를 연 뒤에 로그인 상태가 바뀌었거나 시간이 너무 오래 지났습니다. 변경된 내용은 없습니다.";
        not_found_title: "Page not found", "페이지를 찾을 수 없습니다";
        not_found: "The address is wrong, or the page no longer exists.", "주소가 잘못되었거나 삭제된 페이지입니다.";
        method_title: "Method not allowed", "허용되지 않는 메서드입니다";
        method: "This address cannot be opened directly.", "직접 열 수 없는 주소입니다.";
        large_title: "Request too large", "요청이 너무 큽니다";
        large: "The request is larger than this page accepts.", "이 페이지에서 받을 수 있는 크기를 넘었습니다.";
        throttled_title: "Too many requests", "요청이 너무 많습니다";
        throttled: "There were too many attempts in a short time.", "짧은 시간에 너무 여러 번 시도했습니다.";
        unavailable_title: "We cannot check your sign-in right now", "지금은 로그인 상태를 확인할 수 없습니다";
        unavailable: "Part of the server is not answering. To be safe, nothing is allowed until it does.", "서버의 일부가 응답하지 않습니다. 안전을 위해 복구될 때까지 요청을 허용하지 않습니다.";
        outcome_unknown: "The database did not confirm the change. Check whether it was made before you try again.", "데이터베이스가 변경을 완료했는지 확인하지 못했습니다. 다시 시도하기 전에 변경되었는지 확인하십시오.";
        later_remedy: "Try again in {} [second|seconds].", "{}초 후에 다시 시도하십시오.";
        other_title: "Something went wrong", "문제가 발생했습니다";
        other: "Something failed on our side; it has been logged.", "서버에서 오류가 발생했으며, 로그에 기록되었습니다.";
        request_id: "Request ID", "요청 ID";
        back_home: "Start page", "시작 페이지";
        to_form: "Open the form", "양식 열기";
        who_before: "You are signed in as ", "현재 ";
        who_after: ".", " 계정으로 로그인되어 있습니다.";
        other_account: "Use another account", "다른 계정 사용";
    }
}

impl FailureText {
    /// The title and the sentence for a status. A forgery is a 403 too, but has its own words: choose them by the reason.
    #[must_use]
    pub fn of(&self, status: u16) -> (&'static str, &'static str) {
        match status {
            400 => (self.bad_request_title, self.bad_request),
            401 => (self.unauthorized_title, self.unauthorized),
            403 => (self.forbidden_title, self.forbidden),
            404 => (self.not_found_title, self.not_found),
            405 => (self.method_title, self.method),
            413 => (self.large_title, self.large),
            429 => (self.throttled_title, self.throttled),
            503 => (self.unavailable_title, self.unavailable),
            _ => (self.other_title, self.other),
        }
    }
}
