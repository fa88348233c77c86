//! The kinds of event, in words. The stored name stays beside them: it is what is searched for.

sentences! {
    /// The kinds of event.
    EventText {
        subject_created: "User created", "사용자 생성";
        subject_imported: "User imported", "사용자 가져오기";
        subject_disabled: "User disabled", "사용자 비활성화";
        subject_enabled: "User enabled", "사용자 활성화";
        subject_renamed: "User renamed", "사용자 이름 변경";
        subject_deleted: "User deleted", "사용자 삭제";
        roles_changed: "Roles changed", "역할 변경";
        password_changed: "Password changed", "비밀번호 변경";
        password_rehashed: "Password hash renewed", "비밀번호 해시 갱신";
        session_created: "Signed in", "로그인";
        session_rotated: "Session renewed", "세션 갱신";
        session_revoked: "Session ended", "세션 종료";
        session_evicted: "Oldest session ended (limit)", "세션 수 제한으로 가장 오래된 세션 종료";
        sessions_revoked: "Every session ended", "모든 세션 종료";
        login_failed: "Sign-in failed", "로그인 실패";
        login_throttled: "Sign-in throttled", "로그인 시도 제한";
        current_password_wrong: "Current password wrong", "현재 비밀번호 불일치";
        setup_link_issued: "Set-up link created", "설정 링크 발급";
        setup_link_used: "Set-up link used", "설정 링크 사용";
        token_family_begun: "App signed in", "앱 로그인";
        token_family_ended: "App signed out", "앱 로그아웃";
        token_family_evicted: "Oldest app sign-in ended (limit)", "앱 로그인 수 제한으로 가장 오래된 로그인 종료";
        refresh_token_reused: "Refresh token used twice: app signed out", "리프레시 토큰 재사용: 앱 로그아웃";
        session_exchanged: "Session exchanged for a token", "세션을 토큰으로 교환";
        client_token_issued: "Token issued to a service", "서비스 토큰 발급";
        token_revoked: "Access token revoked", "액세스 토큰 폐기";
        key_created: "Signing key created", "서명 키 생성";
        key_revoked: "Signing key revoked", "서명 키 폐기";
        finding_waived: "Started with a waiver", "예외를 승인한 상태로 시작";
        policy_reloaded: "Policy reloaded", "정책 다시 불러오기";
        policy_refused: "Policy refused", "정책 적용 거부";
        client_refused: "Client authentication failed", "클라이언트 인증 실패";
        client_changed: "Client changed or removed", "클라이언트 변경 또는 삭제";
        data_exported: "Data exported", "데이터 내보내기";
    }
}

impl EventText {
    /// The words for a stored name; for a kind that has none yet, the name itself.
    #[must_use]
    pub fn of<'a>(&self, kind: &'a str) -> &'a str {
        match kind {
            "subject-created" => self.subject_created,
            "subject-imported" => self.subject_imported,
            "subject-disabled" => self.subject_disabled,
            "subject-enabled" => self.subject_enabled,
            "subject-renamed" => self.subject_renamed,
            "subject-deleted" => self.subject_deleted,
            "roles-changed" => self.roles_changed,
            "password-changed" => self.password_changed,
            "password-rehashed" => self.password_rehashed,
            "session-created" => self.session_created,
            "session-rotated" => self.session_rotated,
            "session-revoked" => self.session_revoked,
            "session-evicted" => self.session_evicted,
            "sessions-revoked" => self.sessions_revoked,
            "login-failed" => self.login_failed,
            "login-throttled" => self.login_throttled,
            "current-password-wrong" => self.current_password_wrong,
            "setup-link-issued" => self.setup_link_issued,
            "setup-link-used" => self.setup_link_used,
            "token-family-begun" => self.token_family_begun,
            "token-family-ended" => self.token_family_ended,
            "token-family-evicted" => self.token_family_evicted,
            "refresh-token-reused" => self.refresh_token_reused,
            "session-exchanged" => self.session_exchanged,
            "client-token-issued" => self.client_token_issued,
            "token-revoked" => self.token_revoked,
            "key-created" => self.key_created,
            "key-revoked" => self.key_revoked,
            "finding-waived" => self.finding_waived,
            "policy-reloaded" => self.policy_reloaded,
            "policy-refused" => self.policy_refused,
            "client-refused" => self.client_refused,
            "client-changed" => self.client_changed,
            "data-exported" => self.data_exported,
            other => other,
        }
    }
}
