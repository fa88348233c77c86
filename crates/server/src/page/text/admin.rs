//! The pages for administrators: users, one user, the audit log.

sentences! {
    /// The pages for administrators.
    AdminText {
        sections: "Administration", "관리자";
        users: "Users", "사용자";
        audit: "Audit log", "감사 로그";
        search: "Username starts with", "사용자 이름의 앞부분";
        search_submit: "Search", "검색";
        search_clear: "Show all", "전체 보기";
        too_many_lists: "Too many lists and searches are running right now. Try again in a second.", "지금 목록과 검색 요청이 너무 많습니다. 잠시 후 다시 시도하십시오.";
        list_too_slow: "This list took too long and was stopped. Enter more of the name, or try again shortly.", "목록을 만드는 데 시간이 너무 오래 걸려 중단했습니다. 이름을 더 길게 입력하거나 잠시 후 다시 시도하십시오.";
        no_users: "No user matches.", "일치하는 사용자가 없습니다.";
        username: "Username", "사용자 이름";
        roles: "Roles", "역할";
        status: "Status", "상태";
        active: "Active", "활성";
        disabled: "Disabled", "비활성";
        sessions: "Sessions", "세션";
        created: "Created", "생성일";
        last_login: "Last sign-in", "마지막 로그인";
        never: "Never", "없음";
        next: "Next page", "다음 페이지";
        create: "Create a user", "사용자 추가";
        create_submit: "Create user", "사용자 추가";
        password: "Password", "비밀번호";
        created_notice: "{} was created.", "{} 사용자를 추가했습니다.";
        you: "You", "본인";
        all_users: "All users", "전체 사용자";
        roles_lead: "Changes take effect with the next request, on every node.", "변경 사항은 모든 노드에서 다음 요청부터 적용됩니다.";
        roles_submit: "Save roles", "역할 저장";
        roles_self: "This is your own account. Without its admin role you cannot open this page.", "본인 계정입니다. 관리자 역할을 해제하면 이 페이지를 열 수 없습니다.";
        give_up_title: "Give up your own admin rights?", "본인의 관리자 권한을 포기하시겠습니까?";
        give_up_text: "You will no longer be able to open the admin pages. Only another administrator can give the role back.", "더 이상 관리자 페이지를 열 수 없습니다. 다른 관리자만 역할을 다시 부여할 수 있습니다.";
        give_up: "Give up admin rights", "관리자 권한 포기";
        cancel: "Cancel", "취소";
        roles_saved: "The roles are saved and in effect.", "역할을 저장했습니다. 바로 적용됩니다.";
        no_permissions: "No permissions", "권한 없음";
        no_roles: "The policy defines no roles.", "정책에 정의된 역할이 없습니다.";
        no_sessions: "No device is signed in.", "로그인한 기기가 없습니다.";
        revoke: "End all sessions", "모든 세션 종료";
        revoke_text: "The user is signed out on every device at once.", "사용자가 모든 기기에서 즉시 로그아웃됩니다.";
        revoked: "All sessions are ended.", "모든 세션을 종료했습니다.";
        end: "End", "종료";
        end_named: "End the session of {}", "{} 세션 종료";
        ended: "The session is ended.", "세션을 종료했습니다.";
        ended_before: "That session had ended already.", "이미 종료된 세션입니다.";
        rename: "Rename", "이름 변경";
        rename_text: "From now on the user signs in with the new name. Sessions stay, and others may use the old name.", "이제부터 새 이름으로 로그인합니다. 세션은 유지되며, 이전 이름은 다른 사용자가 쓸 수 있습니다.";
        new_username: "New username", "새 사용자 이름";
        renamed: "The user is renamed.", "사용자 이름을 변경했습니다.";
        link: "Password link", "비밀번호 설정 링크";
        link_text: "Creates a link with which the user can set a new password once, within 24 hours. Send it only to the user. Nothing changes until the link is used; then every session ends.", "사용자가 24시간 안에 한 번 새 비밀번호를 설정할 수 있는 링크를 만듭니다. 본인에게만 전달하십시오. 링크를 사용하기 전에는 아무것도 바뀌지 않으며, 사용하면 모든 세션이 종료됩니다.";
        link_submit: "Create link", "링크 만들기";
        link_made: "Give {} this link. It is shown only now, and works once:", "{} 사용자에게 이 링크를 전달하십시오. 지금만 표시되며 한 번만 사용할 수 있습니다.";
        link_until: "Valid until {}. A new link replaces it.", "{}까지 유효합니다. 새 링크를 만들면 이 링크는 쓸 수 없습니다.";
        link_own: "This is your own account. Change your password on your account page; it takes the current one.", "본인 계정입니다. 내 계정 페이지에서 현재 비밀번호를 입력하여 변경하십시오.";
        link_missing: "{} was created, but the link could not be made. Open the user's page and create one there.", "{} 사용자를 만들었지만 링크는 만들지 못했습니다. 사용자 페이지에서 링크를 만드십시오.";
        link_disabled: "The account is disabled. Enable it first.", "비활성화된 계정입니다. 먼저 활성화하십시오.";
        password_or_link: "Leave it empty to invite the user: you get a link with which they set their own password.", "비워 두면 사용자를 초대합니다. 사용자가 직접 비밀번호를 설정할 수 있는 링크가 만들어집니다.";
        disable: "Disable account", "계정 비활성화";
        disable_text: "Every session ends at once. The user cannot sign in until you enable the account again.", "모든 세션이 즉시 종료됩니다. 계정을 다시 활성화할 때까지 로그인할 수 없습니다.";
        disable_self: "Another administrator can disable or delete your account.", "본인 계정은 다른 관리자만 비활성화하거나 삭제할 수 있습니다.";
        delete: "Delete account", "계정 삭제";
        delete_text: "This cannot be undone. Every session ends, the username becomes free for others, and all personal data is deleted. The audit log keeps the user's ID.", "되돌릴 수 없습니다. 모든 세션이 종료되고 개인 정보가 모두 삭제되며, 사용자 이름은 다른 사람이 쓸 수 있습니다. 감사 로그에는 사용자 ID만 남습니다.";
        delete_confirm: "To confirm, enter the username: {}", "삭제하려면 사용자 이름을 입력하십시오: {}";
        delete_other: "The username does not match. Nothing was deleted.", "사용자 이름이 일치하지 않습니다. 삭제하지 않았습니다.";
        deleted_notice: "The account was deleted.", "계정을 삭제했습니다.";
        disabled_notice: "The account is disabled and every session is ended.", "계정을 비활성화하고 모든 세션을 종료했습니다.";
        roles_outdated: "Somebody changed these roles after the page was shown. Look at them again, then save.", "페이지를 연 뒤에 다른 관리자가 역할을 변경했습니다. 현재 역할을 확인한 다음 다시 저장하십시오.";
        last_admin: "This is the last active administrator. Give another user the admin role first.", "마지막 활성 관리자입니다. 먼저 다른 사용자에게 admin 역할을 부여하십시오.";
        enable: "Enable account", "계정 활성화";
        enable_text: "The user can sign in again. Ended sessions stay ended.", "다시 로그인할 수 있게 됩니다. 종료된 세션은 복원되지 않습니다.";
        enabled_notice: "The account is enabled.", "계정을 활성화했습니다.";
        access: "Account access", "계정 접근";
        permissions: "Permissions", "권한";
        permissions_lead: "Who has which permission under the current policy.", "현재 정책에서 누가 어떤 권한을 가지고 있는지 보여 줍니다.";
        permission: "Permission", "권한";
        permission_submit: "Show", "보기";
        effective: "Permissions of this user", "이 사용자의 권한";
        effective_none: "None. No role of this user has a permission.", "없습니다. 이 사용자의 역할에는 권한이 없습니다.";
        effective_disabled: "None of these apply while the account is disabled.", "계정이 비활성화된 동안에는 적용되지 않습니다.";
        always: "Always", "항상";
        depends: "Conditional", "조건부";
        by: "Granted by", "부여 근거";
        role: "Role", "역할";
        role_in_tenant: "Add a role in one tenant", "특정 테넌트의 역할 추가";
        role_in_tenant_hint: "In the form role@tenant, such as editor@acme.", "역할@테넌트 형식으로 입력하십시오(예: editor@acme).";
        nobody: "No user has this permission.", "이 권한을 가진 사용자가 없습니다.";
        no_role_has: "No role has this permission.", "이 권한을 가진 역할이 없습니다.";
        more_users: "Only the first 1,000 users are shown.", "사용자는 1,000명까지만 표시합니다.";
        history: "History", "기록";
        filter: "Event type", "이벤트 유형";
        filter_person: "Username or ID", "사용자 이름 또는 ID";
        filter_address: "IP address", "IP 주소";
        filter_from: "From (UTC)", "시작일(UTC)";
        filter_to: "To (UTC)", "종료일(UTC)";
        filter_all: "All types", "모든 유형";
        filter_submit: "Filter", "필터";
        no_events: "No events.", "이벤트가 없습니다.";
        number: "#", "번호";
        at: "Time", "시각";
        kind: "Event", "이벤트";
        actor: "Actor", "수행자";
        subject: "Target", "대상";
        address: "IP address", "IP 주소";
        detail: "Details", "상세 정보";
    }
}

impl AdminText {
    /// The label of the field that confirms a deletion.
    #[must_use]
    pub fn confirm_delete(&self, username: &str) -> String {
        super::with(self.delete_confirm, username)
    }

    /// What the button of a session does, for those who do not see the device beside it.
    #[must_use]
    pub fn end_named(&self, what: &str, unknown: &str) -> String {
        super::with(self.end_named, if what.is_empty() { unknown } else { what })
    }
}
