//! The account page.

sentences! {
    /// The account page.
    AccountText {
        title: "Your account", "내 계정";
        roles: "Roles", "역할";
        no_roles: "No roles", "역할 없음";
        devices: "Devices and apps", "기기와 앱";
        devices_lead: "Where you are signed in. If you do not recognize one, sign it out and change your password.", "현재 로그인되어 있는 기기와 앱입니다. 모르는 항목이 있으면 로그아웃하고 비밀번호를 변경하십시오.";
        app: "App", "앱";
        this_device: "This device", "이 기기";
        unknown_device: "Unknown device", "알 수 없는 기기";
        address: "IP address", "IP 주소";
        opened: "Signed in", "로그인 시각";
        last_seen: "Last active", "최근 활동";
        end: "Sign out", "로그아웃";
        end_this: "Sign out {}", "{}에서 로그아웃";
        end_others: "Sign out everywhere else", "다른 모든 기기에서 로그아웃";
        end_all: "Sign out everywhere", "모든 기기에서 로그아웃";
        end_all_text: "This device is signed out too. Every session ends at once, and you have to sign in again.", "이 기기에서도 로그아웃됩니다. 모든 세션이 즉시 종료되며, 다시 로그인해야 합니다.";
        no_devices: "No device is signed in.", "로그인한 기기가 없습니다.";
        failures: "Failed sign-ins", "로그인 실패 기록";
        failures_lead: "Recent failed attempts to sign in to your account. If they were not yours and somebody else may know your password, change it.", "최근 이 계정으로 로그인하려다 실패한 기록입니다. 본인이 시도하지 않았고 다른 사람이 비밀번호를 알고 있을 수 있다면 비밀번호를 변경하십시오.";
        failures_unknown: "They cannot be shown right now. Reload this page in a moment.", "지금은 표시할 수 없습니다. 잠시 후 이 페이지를 새로 고치십시오.";
        failed_once: "1 attempt", "1회 시도";
        failed_often: "{} attempts", "{}회 시도";
        failed_throttled: "Further attempts refused", "이후 시도 제한됨";
        failed_first: "First", "처음";
        failed_last: "Last", "마지막";
        password: "Password", "비밀번호";
        password_lead: "A new password signs out every other device and app.", "비밀번호를 변경하면 다른 모든 기기와 앱에서 로그아웃됩니다.";
        current_password: "Current password", "현재 비밀번호";
        new_password: "New password", "새 비밀번호";
        change_password: "Change password", "비밀번호 변경";
        password_changed: "Your password is changed. Every other device and app is signed out.", "비밀번호를 변경했습니다. 다른 모든 기기와 앱에서는 로그아웃되었습니다.";
        password_wrong: "The current password is wrong.", "현재 비밀번호가 올바르지 않습니다.";
        password_same: "The new password is the same as the current one.", "새 비밀번호가 현재 비밀번호와 같습니다.";
        ended_one: "That device or app is signed out.", "해당 기기 또는 앱에서 로그아웃했습니다.";
        ended_others: "Every other device and app is signed out.", "다른 모든 기기와 앱에서 로그아웃했습니다.";
        no_admin: "You are no longer an administrator.", "이제 관리자가 아닙니다.";
        ended_none: "It was signed out already.", "이미 로그아웃된 상태입니다.";
    }
}

impl AccountText {
    /// What the button of a device does, for those who do not see the device beside it.
    #[must_use]
    pub fn end_named(&self, what: &str) -> String {
        super::with(self.end_this, if what.is_empty() { self.unknown_device } else { what })
    }
}
